using Spectre.Console;
using TSpin.Reports;

namespace TSpin.Cli;

/// <summary>The table of scores at the end of a run.</summary>
internal static class ScoreDisplay
{
    public static void Write(IReadOnlyList<string> runFolders)
    {
        var scores = ScoreTable.From([.. runFolders.Select(RunSummary.Read)]);
        var table = new Table().Border(Console.IsOutputRedirected ? TableBorder.Markdown : TableBorder.Rounded);
        foreach (var (header, i) in scores.Headers.Select((header, i) => (header, i)))
        {
            table.AddColumn(new TableColumn(Markup.Escape(header)) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        }

        foreach (var row in scores.Rows)
        {
            table.AddRow([.. row.Cells.Select(cell => new Text(cell))]);
        }

        AnsiConsole.Write(table);
    }
}
