using System.Text;
using TSpin.Files;
using TSpin.Reports.Html;

namespace TSpin.Reports;

/// <summary>Reports on runs, from their folders alone: finished, half-finished or just begun.</summary>
public static class RunReport
{
    /// <summary>
    /// Writes one self-contained HTML file: scores, figures, samples, recipe and environment. It loads nothing from outside and
    /// holds no script but its own few lines.
    /// </summary>
    /// <param name="runFolders">Run folders; the first is the report's subject, the others (SFT, SPIN, other amounts of data) are drawn beside it.</param>
    /// <param name="htmlPath">The file to write; an existing one is replaced.</param>
    /// <exception cref="TSpinException">No folder is given, a folder is missing or not a run's, or the file cannot be written.</exception>
    public static void Write(IReadOnlyList<string> runFolders, string htmlPath) => AtomicFile.WriteText(htmlPath, Html(runFolders));

    /// <summary>The report of <see cref="Write"/> as text.</summary>
    /// <param name="runFolders">Run folders, the report's subject first.</param>
    /// <returns>An HTML document.</returns>
    /// <exception cref="TSpinException">No folder is given, or one is missing or not a run's.</exception>
    public static string Html(IReadOnlyList<string> runFolders) => ReportPage.Draw(ReadAll(runFolders)).Text;

    /// <summary>A short report for a terminal or a README: the finding and a table of scores in GitHub's Markdown.</summary>
    /// <param name="runFolders">Run folders, the report's subject first.</param>
    /// <returns>Markdown that ends with a line feed.</returns>
    /// <exception cref="TSpinException">No folder is given, or one is missing or not a run's.</exception>
    public static string Markdown(IReadOnlyList<string> runFolders)
    {
        var runs = ReadAll(runFolders);
        var text = new StringBuilder();
        text.Append(RunHeadline.From(runs[0]) is { } headline ? ScoreTable.Plain(headline.Text) : "No iteration has been evaluated yet.").Append('\n');
        var summaries = runs.Select(run => run.Summary).ToList();
        if (TaskTable.From(summaries) is { Rows.Count: > 0 } tasks)
        {
            text.Append('\n').Append(tasks.ToMarkdown());
        }

        var table = ScoreTable.From(summaries);
        if (table.Rows.Count > 0)
        {
            text.Append('\n').Append(table.ToMarkdown());
        }

        foreach (var alarm in runs[0].Summary.Alarms)
        {
            text.Append("\n> **").Append(ScoreTable.Plain(alarm.Name)).Append("** ").Append(ScoreTable.Plain(alarm.Message)).Append('\n');
        }

        return text.ToString();
    }

    private static List<RunRecord> ReadAll(IReadOnlyList<string> runFolders) => runFolders.Count == 0
        ? throw new TSpinException("A report needs a run folder, and none was given. Give the folder that `tspin run` made, for example runs/demo.")
        : runFolders.Select(RunRecord.Read).ToList();
}
