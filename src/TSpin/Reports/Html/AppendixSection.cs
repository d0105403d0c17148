namespace TSpin.Reports.Html;

/// <summary>What is needed to repeat the run, and what the report could not read.</summary>
internal static class AppendixSection
{
    public static Markup Draw(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> notes)
    {
        var labels = RunLabels.For(runs.Select(run => run.Summary).ToList());
        var recipes = runs
            .Select((run, index) => (run.Recipe, Label: labels[index], index))
            .Where(run => run.Recipe.Length > 0)
            .Select(run => run.index == 0
                ? Markup.Of($"<h2>Recipe</h2>\n<pre>{run.Recipe}</pre>\n")
                : Markup.Of($"<details><summary>Recipe of {run.Label}</summary><pre>{run.Recipe}</pre></details>\n"));
        return Markup.Of($"{Markup.Join(recipes)}{Changes(runs[0])}{Environment(runs[0])}{Notes(notes)}");
    }

    private static Markup Changes(RunRecord run) => run.Changes.Count == 0
        ? Markup.Empty
        : Markup.Of($"<h2>Changed when the run was continued</h2>\n<ul>{Markup.Join(run.Changes.Select(change => Markup.Of($"<li>{HtmlText.Shorten(change, 500)}</li>")))}</ul>\n");

    private static Markup Environment(RunRecord run)
    {
        if (run.Environment.Count == 0)
        {
            return Markup.Empty;
        }

        var rows = run.Environment.Select(entry => Markup.Of($"<tr><td>{HtmlText.Shorten(entry.Key, 200)}</td><td>{HtmlText.Shorten(entry.Value, 2000)}</td></tr>\n"));
        return Markup.Of($"<h2>Environment</h2>\n<table class=\"plain\"><tbody>\n{Markup.Join(rows)}</tbody></table>\n");
    }

    private static Markup Notes(IReadOnlyList<string> notes) => notes.Count == 0
        ? Markup.Empty
        : Markup.Of($"<h2>Not shown</h2>\n<ul>{Markup.Join(notes.Distinct().Select(note => Markup.Of($"<li>{note}</li>")))}</ul>\n");
}
