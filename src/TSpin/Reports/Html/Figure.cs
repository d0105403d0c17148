using TSpin.Reports.Charts;

namespace TSpin.Reports.Html;

/// <summary>Charts with captions.</summary>
internal static class Figure
{
    /// <summary>A chart under its title.</summary>
    public static Markup Of(string title, string caption, SvgChart chart)
    {
        var remark = caption.Length > 0 ? Markup.Of($"<span>{caption}</span>") : Markup.Empty;
        return Markup.Of($"<figure><figcaption>{title}{remark}</figcaption>\n{chart.Draw()}</figure>\n");
    }

    /// <summary>Figures in a grid of one or two columns; nothing where there are none.</summary>
    public static Markup Grid(IReadOnlyList<Markup> figures) =>
        figures.Count == 0 ? Markup.Empty : Markup.Of($"<div class=\"figures\">\n{Markup.Join(figures)}</div>\n");
}
