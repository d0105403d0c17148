namespace TSpin.Studies;

/// <summary>A setting with what it was chosen by.</summary>
/// <param name="Setting">Its text.</param>
/// <param name="Score">Mean over seeds of the score that chooses; null where a seed diverged.</param>
/// <param name="Seeds">How many seeds that is over.</param>
public sealed record SettingChoice(string Setting, double? Score, int Seeds)
{
    /// <summary>Ranks settings.</summary>
    /// <param name="name">The score that chooses.</param>
    /// <param name="lines">Finished cells of one method and amount, the same seeds for every setting.</param>
    /// <param name="order">All settings, in the study's order: of equals the earlier one is first.</param>
    /// <returns>The best first; those of which a seed diverged come last.</returns>
    /// <exception cref="TSpinException">A cell has no such score: says which it has.</exception>
    public static IReadOnlyList<SettingChoice> Ranked(string name, IEnumerable<LedgerLine> lines, IReadOnlyList<string> order)
    {
        var isHigherBetter = true;
        var bySetting = lines.GroupBy(line => line.Setting).Select(group =>
        {
            LedgerLine[] own = [.. group];
            if (own.Any(line => line.Failed is not null))
            {
                return new SettingChoice(group.Key, null, own.Length);
            }

            LedgerScore[] scores = [.. own.Select(line => line.Result?.Find(name) ?? throw new TSpinException(
                $"choose_on: \"{name}\" was not measured in the cell \"{line.Cell}\"; there is {string.Join(", ", line.Result?.Scores.Select(score => score.Name) ?? ["nothing"])}."))];
            isHigherBetter = scores[0].HigherIsBetter;
            return new SettingChoice(group.Key, scores.Average(score => score.Value), own.Length);
        }).ToArray();
        var places = order.Select((setting, i) => (setting, i)).ToDictionary(row => row.setting, row => row.i);
        return [.. bySetting.OrderBy(choice => choice.Score is not { } score ? double.PositiveInfinity : isHigherBetter ? -score : score)
            .ThenBy(choice => places.GetValueOrDefault(choice.Setting, int.MaxValue))];
    }
}
