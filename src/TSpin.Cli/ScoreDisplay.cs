using Spectre.Console;
using TSpin.Reports;

namespace TSpin.Cli;

/// <summary>The table of scores at the end of a run.</summary>
internal static class ScoreDisplay
{
    // What does not fit a narrow terminal stands in the report.
    private const int WideTerminal = 150;
    private static readonly string[] LeftToTheReport = ["flexible", "ended", "tokens", "log-prob", "loss"];

    public static void Write(IReadOnlyList<string> runFolders)
    {
        var scores = ScoreTable.From([.. runFolders.Select(RunSummary.Read)]);
        if (Console.IsOutputRedirected)
        {
            Console.Write(scores.ToMarkdown());
            return;
        }

        var shown = Enumerable.Range(0, scores.Headers.Count)
            .Where(column => Console.WindowWidth >= WideTerminal || !LeftToTheReport.Any(word => scores.Headers[column].Contains(word, StringComparison.Ordinal)))
            .ToArray();
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in shown)
        {
            table.AddColumn(new TableColumn(Markup.Escape(scores.Headers[column])) { Alignment = column == 0 ? Justify.Left : Justify.Right });
        }

        foreach (var (row, i) in scores.Rows.Select((row, i) => (row, i)))
        {
            table.AddRow([.. shown.Select(column => new Text(row.Cells[column], scores.Best.Contains((i, column)) ? new Style(decoration: Decoration.Bold) : Style.Plain))]);
        }

        AnsiConsole.Write(table);
    }
}
