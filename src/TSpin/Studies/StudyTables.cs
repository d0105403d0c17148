using System.Globalization;
using TSpin.Studies.Statistics;

namespace TSpin.Studies;

/// <summary>The tables of a study's report, of one kind of processor.</summary>
internal sealed class StudyTables(StudyPlan plan, StudyAnalysis analysis)
{
    private const string Nothing = "-";

    private string[] Methods => [.. plan.Study.Methods.Select(method => method.Name)];

    private IReadOnlyList<int?> Amounts => plan.Amounts;

    /// <summary>All tables, in the order of the report.</summary>
    public IReadOnlyList<StudyTable> All => [.. new[] { Scores(), Verdicts(), Choices(), Iterations(), Distances(), Answers(), Costs(), Cells() }.Where(table => table.Rows.Count > 0)];

    /// <summary>Score against amount: the paper's figure.</summary>
    public StudyTable Scores()
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var score in analysis.Scores)
        {
            foreach (var method in (string[])[StudyAnalysis.Base, .. Methods])
            {
                ScoreEstimate?[] found = [.. Amounts.Select(amount => analysis.Estimate(method, amount, score))];
                if (found.Any(estimate => estimate is not null))
                {
                    rows.Add([score, method, .. found.Select(estimate => estimate is null ? Nothing : Text(score, estimate))]);
                }
            }
        }

        return new StudyTable(
            "Score against amount of data",
            $"Means with 95% intervals over seeds and items together, of the setting that {plan.Study.ChooseOn} chose for each method and amount. {Stands(Amounts)}",
            ["Score", "Method", .. Amounts.Select(AmountText)], rows);
    }

    /// <summary>Every two methods: the ablations.</summary>
    public StudyTable Verdicts() => new(
        "Methods against each other",
        $"B - A over the same seeds and items, each with its chosen setting. {analysis.Comparisons.Count} comparisons are made here, each alone at 95%: of twenty without any difference one is found by chance. {Stands(Amounts)}",
        ["Amount", "Score", "A", "B", "B - A", "Verdict"],
        [.. analysis.Comparisons.Select(own => (IReadOnlyList<string>)[AmountText(own.Examples), own.Score, own.A, own.B, own.Text, own.Sentence])])
    {
        IsText = true,
    };

    /// <summary>What was chosen.</summary>
    public StudyTable Choices() => new(
        "Settings chosen",
        $"By the mean of {plan.Study.ChooseOn} over seeds, out of as many settings for every method"
        + (plan.Study.Drop.AfterSeeds is { } after ? FormattableString.Invariant($"; after {after} seeds {plan.Study.Drop.Keep} of them went on, and only whole ones are compared") : "") + ".",
        ["Amount", "Method", "Setting", plan.Study.ChooseOn, "Settings", "Seeds"],
        [.. Amounts.SelectMany(amount => Methods.Where(method => analysis.Choices.ContainsKey((method, amount))).Select(method =>
        {
            var (choice, settings) = analysis.Choices[(method, amount)];
            return (IReadOnlyList<string>)[AmountText(amount), method, choice.Setting.Length > 0 ? choice.Setting : "the recipe's",
                choice.Score is { } value ? Number(plan.Study.ChooseOn, value) : "failed", Count(settings), Count(choice.Seeds)];
        }))]);

    /// <summary>Score by iteration.</summary>
    public StudyTable Iterations()
    {
        int[] all = [.. analysis.Lines.SelectMany(line => line.Iterations).Select(own => own.Iteration).Distinct().Order()];
        var rows = new List<IReadOnlyList<string>>();
        foreach (var (score, amount, method) in from score in analysis.Scores from amount in Amounts from method in Methods select (score, amount, method))
        {
            ScoreEstimate?[] found = [.. all.Select(t => analysis.Estimate(method, amount, score, t))];
            if (found.Any(estimate => estimate is not null))
            {
                rows.Add([score, AmountText(amount), method, .. found.Select(estimate => estimate is null ? Nothing : Text(score, estimate))]);
            }
        }

        return new StudyTable(
            "Score by iteration",
            $"Of the settings chosen, after each iteration; before 0 is the model that the iterations begin with. {Stands(Amounts)}",
            ["Score", "Amount", "Method", .. all.Select(t => t < 0 ? "before 0" : Count(t))], rows);
    }

    /// <summary>Distance from the base.</summary>
    public StudyTable Distances()
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var (amount, method) in from amount in Amounts from method in Methods select (amount, method))
        {
            if (analysis.Estimate(method, amount, StudyAnalysis.Distance) is { } distance)
            {
                rows.Add([AmountText(amount), method, Plain(distance.Mean), $"[{Plain(distance.Low)}, {Plain(distance.High)}]",
                    .. analysis.Scores.Select(score => analysis.Estimate(method, amount, score) is { } found ? Text(score, found) : Nothing)]);
            }
        }

        return new StudyTable(
            "Score against distance from the base",
            $"Nats per token: how much likelier the result finds its own sampled answers than the base does. Of the settings chosen. {Stands(Amounts)}",
            ["Amount", "Method", "Distance", "95%", .. analysis.Scores], rows);
    }

    /// <summary>What answers look like.</summary>
    public StudyTable Answers()
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var (amount, method) in from amount in Amounts from method in Methods select (amount, method))
        {
            foreach (var alike in analysis.Chosen(method, amount).Where(line => line.Result is not null).SelectMany(line => line.Result!.Answers)
                .GroupBy(answers => answers.Mode.Length > 0 ? $"{answers.Task} ({answers.Mode})" : answers.Task))
            {
                rows.Add([AmountText(amount), method, alike.Key, alike.Average(own => own.Tokens).ToString("F1", CultureInfo.InvariantCulture),
                    $"{(100 * alike.Average(own => own.Cut)).ToString("F1", CultureInfo.InvariantCulture)}%",
                    alike.Average(own => own.Repeated) is { } repeated ? $"{(100 * repeated).ToString("F1", CultureInfo.InvariantCulture)}%" : Nothing]);
            }
        }

        return new StudyTable("Answers", $"Means over seeds, of the settings chosen. {Stands(Amounts)}",
            ["Amount", "Method", "Task", "Tokens", "Cut at the limit", "Repeated 4-grams"], rows);
    }

    /// <summary>What it cost.</summary>
    public StudyTable Costs() => new(
        "Cost",
        "Of one run of the chosen setting, mean over seeds, as if nothing were shared; and of all cells of the method and amount, all settings and seeds, as they were run.",
        ["Amount", "Method", "Minutes a run", "Steps", "Tokens trained", "Tokens drawn", "Tokens evaluated", "All cells", "Minutes of all"],
        [.. Amounts.SelectMany(amount => Methods.Where(method => analysis.Chosen(method, amount).Count > 0).Select(method =>
        {
            var (chosen, all) = (analysis.Chosen(method, amount), analysis.Lines.Where(line => line.Method == method && line.Examples == amount).ToArray());
            return (IReadOnlyList<string>)[AmountText(amount), method, Minutes(chosen.Average(line => line.Minutes)), Count(chosen.Average(line => line.Steps)),
                Count(chosen.Average(line => line.TrainedTokens)), Count(chosen.Average(line => line.GeneratedTokens)), Count(chosen.Average(line => line.EvaluatedTokens)),
                Count(all.Length), Minutes(all.Sum(line => line.Minutes - line.AdoptedMinutes))];
        }))]);

    /// <summary>The ledger line of each cell.</summary>
    public StudyTable Cells()
    {
        var chosen = (from amount in Amounts from method in Methods from line in analysis.Chosen(method, amount) select line.Cell).ToHashSet();
        return new StudyTable(
            "Cells", "Lines of ledger.jsonl. * is of the setting chosen.",
            ["Line", "Cell", "", plan.Study.ChooseOn, .. analysis.Scores, "Minutes", "Machine", "Version", "Folder"],
            [.. analysis.Lines.Select(line => (IReadOnlyList<string>)[Count(line.Number), line.Cell, chosen.Contains(line.Cell) ? "*" : "",
                .. new[] { plan.Study.ChooseOn }.Concat(analysis.Scores).Select(score => line.Failed is not null ? "failed" : line.Result?.Find(score) is { } found ? Number(score, found.Value) : Nothing),
                Minutes(line.Minutes), line.Machine, line.Version + (line.Commit is { } commit ? $" {commit[..Math.Min(8, commit.Length)]}" : ""), line.Folder])]);
    }

    /// <summary>An amount in words.</summary>
    public static string AmountText(int? amount) => amount is { } count ? count.ToString("N0", CultureInfo.InvariantCulture) : "all";

    private static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Minutes(double value) => value.ToString(value < 10 ? "F2" : "F0", CultureInfo.InvariantCulture);

    private static string Plain(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private string Number(string score, double value) => analysis.IsShare(score) ? (100 * value).ToString("F1", CultureInfo.InvariantCulture) : Plain(value);

    private string Text(string score, ScoreEstimate found) =>
        Number(score, found.Mean) + (found.HasInterval ? $" [{Number(score, found.Low)}, {Number(score, found.High)}]" : "");

    /// <summary>So many of something, in words.</summary>
    public static string Counted(int count, string one) => FormattableString.Invariant($"{count} {one}{(count == 1 ? "" : "s")}");

    private string Stands(IEnumerable<int?> amounts)
    {
        var parts = amounts.Select(amount => (Amount: amount, Lines: Methods.Select(method => analysis.Chosen(method, amount)).ToArray()))
            .Where(row => row.Lines.Any(lines => lines.Count > 0))
            .Select(row => (Text: FormattableString.Invariant($"{Counted(row.Lines.Max(lines => lines.Count), "seed")}, {row.Lines.Sum(lines => lines.Count)} cells"), row.Amount)).ToArray();
        return parts.Length == 0 ? "No seed is whole yet."
            : parts.Select(part => part.Text).Distinct().Count() == 1 ? $"Stands on {parts[0].Text} at each amount."
            : $"Stands on {string.Join("; ", parts.Select(part => $"{part.Text} at {AmountText(part.Amount)}"))}.";
    }
}
