using System.Text;
using Spectre.Console;

namespace TSpin.Cli;

/// <summary>A table: drawn in a terminal, Markdown elsewhere.</summary>
internal static class TextTable
{
    /// <summary>Writes it to standard output.</summary>
    /// <param name="headers">Titles of the columns.</param>
    /// <param name="numbers">Those of columns of numbers, which stand at the right.</param>
    /// <param name="rows">A text for each column.</param>
    public static void Show(IReadOnlyList<string> headers, IReadOnlyCollection<string> numbers,
        IEnumerable<string[]> rows)
    {
        if (Console.IsOutputRedirected)
        {
            var text = new StringBuilder(
                $"|{string.Join('|', headers)}|\n|{string.Join('|', headers.Select(_ => "---"))}|\n");
            foreach (var row in rows)
            {
                text.Append('|').AppendJoin('|', row).Append("|\n");
            }

            Console.Write(text);
            return;
        }

        var table = new Table().Border(TableBorder.Rounded);
        foreach (var header in headers)
        {
            table.AddColumn(new TableColumn(header)
            {
                Alignment = numbers.Contains(header) ? Justify.Right
                : Justify.Left
            });
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
    }
}
