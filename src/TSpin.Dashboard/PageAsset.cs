using System.Reflection;
using System.Text;
using TSpin.Reports;

namespace TSpin.Dashboard;

/// <summary>A file of the page, in this assembly.</summary>
/// <param name="Type">Its media type.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record PageAsset(string Type, byte[] Bytes)
{
    private static readonly Dictionary<string, PageAsset> All = new(StringComparer.Ordinal)
    {
        ["/"] = Load("index.html", "text/html; charset=utf-8"),
        ["/page.js"] = Load("page.js", "text/javascript; charset=utf-8"),
        ["/charts.js"] = Load("charts.js", "text/javascript; charset=utf-8"),
        ["/triplets.js"] = Load("triplets.js", "text/javascript; charset=utf-8"),
        ["/page.css"] = Load("page.css", "text/css; charset=utf-8"),
        ["/uPlot.iife.min.js"] = Load("uPlot.iife.min.js", "text/javascript; charset=utf-8"),
        ["/uPlot.min.css"] = Load("uPlot.min.css", "text/css; charset=utf-8"),
    };

    /// <summary>The file behind a path.</summary>
    /// <returns>Null where there is none.</returns>
    public static PageAsset? Find(string path) => path == "/colours.css" ? Colours : All.GetValueOrDefault(path);

    // The report's own.
    private static PageAsset Colours { get; } = new("text/css; charset=utf-8", Encoding.UTF8.GetBytes(
        $":root{{color-scheme:light dark;{Palette.Light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{Palette.Dark}}}}}\n"
        + string.Concat(Enumerable.Range(0, 8).Select(i => $".b{i}{{background:var(--c{i})}}\n"))));

    private static PageAsset Load(string name, string type)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new PageAsset(type, bytes);
    }
}
