using System.Globalization;
using System.Text;
using TSpin.Studies;

namespace TSpin.Cli;

/// <summary>What <c>tspin study --dry-run</c> prints.</summary>
internal static class StudyText
{
    public static string Plan(StudyRun run, StudyPlan plan, StudyLimits limits)
    {
        // Without a ledger nothing is finished, and nothing is written.
        IReadOnlyList<LedgerLine> lines = File.Exists(run.Ledger.Path) ? run.Lines(out _) : [];
        var done = lines.Select(line => line.Cell).ToHashSet();
        StudyCell[] mine = [.. run.Mine(limits)];
        StudyCell[] left = [.. mine.Where(cell => !done.Contains(cell.Key))];
        var text = new StringBuilder();
        foreach (var cell in mine)
        {
            var time = done.Contains(cell.Key) ? "finished" : StudyRun.MinutesOf([cell], lines) is { } minutes ? $"about {StudyDisplay.Time(60 * minutes)}" : "";
            text.Append($"{cell.Key}{(time.Length > 0 ? $"  ({time})" : "")}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{mine.Length} cells: {plan.Study.Methods.Count} methods x {plan.Amounts.Count} amounts x {plan.Study.Seeds.Count} seeds x {plan.Cells.Select(cell => cell.Number).Max()} settings");
        text.Append(CultureInfo.InvariantCulture, $"{(mine.Length < plan.Cells.Count ? $" ({plan.Cells.Count} in all)" : "")}; {mine.Length - left.Length} finished, {left.Length} left");
        return text.Append(StudyRun.MinutesOf(left, lines) switch
        {
            _ when left.Length == 0 => "",
            { } all => $", about {StudyDisplay.Time(60 * all)}",
            null => "; how long they take is known when one of each amount is finished",
        }).Append($"\nfolder: {plan.Study.Folder}\n").ToString();
    }
}
