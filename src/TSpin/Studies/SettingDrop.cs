namespace TSpin.Studies;

/// <summary>Which settings get no further seeds, see <see cref="StudyDrop"/>.</summary>
internal static class SettingDrop
{
    /// <summary>What becomes of a cell.</summary>
    /// <param name="plan">The study.</param>
    /// <param name="lines">The finished cells of one kind.</param>
    /// <param name="cell">The cell.</param>
    public static SettingFate FateOf(StudyPlan plan, IReadOnlyList<LedgerLine> lines, StudyCell cell)
    {
        if (plan.Study.Drop.AfterSeeds is not { } after || plan.Study.Seeds.Take(after).Contains(cell.Seed))
        {
            return SettingFate.GoesOn;
        }

        var first = plan.Study.Seeds.Take(after).ToArray();
        var rivals = plan.Cells.Where(other => other.Method == cell.Method && other.Examples == cell.Examples).ToArray();
        if (!rivals.Where(other => first.Contains(other.Seed)).All(other => lines.Any(line => line.Cell == other.Key)))
        {
            return SettingFate.Waits;
        }

        var best = SettingChoice.Ranked(
            plan.Study.ChooseOn, lines.Where(line => line.Method == cell.Method && line.Examples == cell.Examples && first.Contains(line.Seed)),
            [.. rivals.Select(other => other.Setting).Distinct()]);
        return best.Take(plan.Study.Drop.Keep).Any(setting => setting.Setting == cell.Setting) ? SettingFate.GoesOn : SettingFate.Dropped;
    }
}
