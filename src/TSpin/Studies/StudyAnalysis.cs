using TSpin.Evaluation;
using TSpin.Studies.Statistics;

namespace TSpin.Studies;

/// <summary>
/// What the finished cells of a study say, of one kind of processor: settings chosen, scores with intervals, methods
/// against each other. An amount is compared over seeds of which every cell that goes on is finished, with those methods and
/// seeds that are the most; what lacks them is <see cref="Unfinished"/>.
/// </summary>
public sealed class StudyAnalysis
{
    /// <summary>What the model before training is called.</summary>
    public const string Base = "base";

    /// <summary>The task that measures how far a model is from the one that the run began with.</summary>
    public const string Distance = "distance";

    private readonly StudyPlan _plan;
    private readonly CrossedBootstrap _bootstrap;
    private readonly Dictionary<(string Method, int? Examples), LedgerLine[]> _chosen = [];
    // Tables and figures ask for the same ones, and a bootstrap takes its time.
    private readonly Dictionary<(string, int?, string, int?), ScoreEstimate?> _estimates = [];
    private readonly Dictionary<string, bool> _areShares = [];

    private StudyAnalysis(StudyPlan plan, string kind, IReadOnlyList<LedgerLine> lines)
    {
        (_plan, Kind, Lines) = (plan, kind, lines);
        _bootstrap = new CrossedBootstrap(plan.Study.Bootstrap.Resamples, plan.Study.Bootstrap.Seed);
        foreach (var amount in plan.Amounts)
        {
            Choose(amount);
        }

        Scores = plan.Study.ReportOn.Count > 0 ? [.. plan.Study.ReportOn.Select(NameOf)] : Usual();
        Comparisons = [.. plan.Amounts.SelectMany(amount => Scores.SelectMany(score => Compared(amount, score)))];
    }

    /// <summary>The kind of processor.</summary>
    public string Kind { get; }

    /// <summary>Its finished cells.</summary>
    public IReadOnlyList<LedgerLine> Lines { get; }

    /// <summary>The names of the scores that are reported.</summary>
    public IReadOnlyList<string> Scores { get; }

    /// <summary>Every two methods at every amount by every score.</summary>
    public IReadOnlyList<MethodComparison> Comparisons { get; }

    /// <summary>What was chosen, by method and amount; the choice and how many settings there were to choose from.</summary>
    public Dictionary<(string Method, int? Examples), (SettingChoice Choice, int Settings)> Choices { get; } = [];

    /// <summary>What is not compared, because its cells are not finished under the seeds of the others.</summary>
    public IEnumerable<(string Method, int? Examples)> Unfinished => _plan.Amounts
        .SelectMany(amount => _plan.Study.Methods.Select(method => (method.Name, amount))).Where(left => !Choices.ContainsKey(left));

    /// <summary>Analyses.</summary>
    /// <param name="plan">The study.</param>
    /// <param name="lines">The finished cells, of all kinds.</param>
    /// <returns>One for each kind, the one with most cells first.</returns>
    /// <exception cref="TSpinException">A cell has not measured what the study chooses or reports by.</exception>
    public static IReadOnlyList<StudyAnalysis> Of(StudyPlan plan, IReadOnlyList<LedgerLine> lines) =>
        [.. lines.GroupBy(line => line.Kind).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new StudyAnalysis(plan, group.Key, [.. group]))];

    /// <summary>The finished cells of the chosen setting, in the order of the seeds.</summary>
    /// <param name="method">The method.</param>
    /// <param name="examples">The amount.</param>
    /// <returns>None where no seed is whole yet, or where all settings diverged.</returns>
    public IReadOnlyList<LedgerLine> Chosen(string method, int? examples) => _chosen.GetValueOrDefault((method, examples), []);

    /// <summary>A method's score, of its chosen setting.</summary>
    /// <param name="method">The method, or <see cref="Base"/>.</param>
    /// <param name="examples">The amount.</param>
    /// <param name="score">The score's name.</param>
    /// <param name="iteration">Which iteration. Null: the one that is kept.</param>
    /// <returns>Null where it is not known.</returns>
    public ScoreEstimate? Estimate(string method, int? examples, string score, int? iteration = null)
    {
        if (!_estimates.TryGetValue((method, examples, score, iteration), out var known))
        {
            known = Group(method, examples, iteration) is { } group && Matrices([group], score) is [var matrix]
                ? Within(_bootstrap.Of(matrix), matrix.IsShare) : null;
            _estimates.Add((method, examples, score, iteration), known);
        }

        return known;
    }

    /// <summary>Whether a score's values all lie in [0, 1].</summary>
    /// <param name="score">The score's name.</param>
    public bool IsShare(string score)
    {
        if (!_areShares.TryGetValue(score, out var known))
        {
            known = Lines.SelectMany(line => line.Iterations).Select(own => own.Find(score)).OfType<LedgerScore>()
                .All(found => found.Value is >= 0 and <= 1);
            _areShares.Add(score, known);
        }

        return known;
    }

    /// <summary>The task of a score's name, however its answers were made.</summary>
    internal static string TaskOf(string score) => CheckpointChoice.TaskOf(score).Split(" (", 2)[0];

    // A share is not below 0 nor above 1, wherever the stretched ends lie.
    private static ScoreEstimate Within(ScoreEstimate found, bool isShare) => !isShare ? found
        : found with { Low = Math.Max(0, found.Low), High = Math.Min(1, found.High) };

    private void Choose(int? amount)
    {
        var methods = _plan.Study.Methods.Select(method => method.Name).ToArray();
        var cells = _plan.Cells.Where(cell => cell.Examples == amount).ToArray();
        var done = Lines.Where(line => line.Examples == amount).ToLookup(line => line.Cell);
        var going = cells.Where(cell => SettingDrop.FateOf(_plan, Lines, cell) != SettingFate.Dropped).ToArray();
        var (compared, seeds) = Widest(methods, method => [.. _plan.Study.Seeds.Where(seed =>
            going.Where(cell => cell.Method == method && cell.Seed == seed).Select(cell => done.Contains(cell.Key)).ToArray() is [_, ..] own
            && Array.TrueForAll(own, isDone => isDone))]);
        foreach (var method in compared)
        {
            // Those that were dropped have fewer seeds.
            var whole = going.Where(cell => cell.Method == method && seeds.Contains(cell.Seed)).GroupBy(cell => cell.Setting)
                .Where(group => group.Count() == seeds.Length).ToArray();
            var settings = cells.Where(cell => cell.Method == method).Select(cell => cell.Setting).Distinct().ToArray();
            var lines = whole.SelectMany(group => group).SelectMany(cell => done[cell.Key].Take(1)).ToArray();
            if (SettingChoice.Ranked(_plan.Study.ChooseOn, lines, settings) is not [var best, ..])
            {
                continue;
            }

            Choices[(method, amount)] = (best, settings.Length);
            if (best.Score is not null)
            {
                _chosen[(method, amount)] = [.. seeds.Select(seed => lines.First(line => line.Setting == best.Setting && line.Seed == seed))];
            }
        }
    }

    // Methods with seeds that all of them have: of those that can be compared the most cells.
    private static (string[] Methods, ulong[] Seeds) Widest(string[] methods, Func<string, ulong[]> wholeSeeds)
    {
        var whole = methods.ToDictionary(method => method, wholeSeeds);
        var groups = from a in methods
                     from b in methods
                     let seeds = whole[a].Intersect(whole[b]).ToArray()
                     where seeds.Length > 0
                     select (Methods: methods.Where(method => !seeds.Except(whole[method]).Any()).ToArray(), Seeds: seeds);
        return groups.OrderByDescending(group => group.Methods.Length * group.Seeds.Length)
            .ThenByDescending(group => group.Methods.Length).FirstOrDefault(([], []));
    }

    private IEnumerable<MethodComparison> Compared(int? amount, string score)
    {
        string[] names = [Base, .. _plan.Study.Methods.Select(method => method.Name)];
        for (var a = 0; a < names.Length; a++)
        {
            for (var b = a + 1; b < names.Length; b++)
            {
                if (Group(names[a], amount, null) is { } first && Group(names[b], amount, null) is { } second
                    && first.Select(line => line.Seed).SequenceEqual(second.Select(line => line.Seed))
                    && Matrices([first, second], score) is [var one, var other])
                {
                    yield return new MethodComparison(
                        names[a], names[b], amount, score, first[0].Of.Find(score)!.HigherIsBetter, one.IsShare && other.IsShare, _bootstrap.Of(other.Minus(one)));
                }
            }
        }
    }

    // The iterations to look at, by seed; null where one is missing.
    private (ulong Seed, LedgerIteration Of)[]? Group(string method, int? amount, int? iteration)
    {
        (ulong Seed, LedgerIteration? Of)[] all = method == Base
            ? [.. _plan.Study.Methods.Select(own => Chosen(own.Name, amount)).FirstOrDefault(lines => lines.Count > 0 && !lines[0].HasFirstStage && lines[0].Of(-1) is not null)?
                .Select(line => (line.Seed, line.Of(-1))) ?? []]
            : [.. Chosen(method, amount).Select(line => (line.Seed, iteration is { } t ? line.Of(t) : line.Result))];
        return all.Length > 0 && all.All(row => row.Of is not null) ? [.. all.Select(row => (row.Seed, row.Of!))] : null;
    }

    // Item by item where all have the same items; else each seed's mean stands for it.
    private static ScoreMatrix[]? Matrices(IReadOnlyList<(ulong Seed, LedgerIteration Of)[]> groups, string score)
    {
        var scores = groups.Select(group => group.Select(row => row.Of.Find(score)).ToArray()).ToArray();
        if (scores.Any(own => own.Any(found => found is null)))
        {
            return null;
        }

        var areSame = scores.SelectMany(own => own).Select(found => found!.Items?.Set).Distinct().ToArray() is [not null];
        return [.. groups.Zip(scores).Select(pair => new ScoreMatrix(
            [.. pair.First.Select(row => row.Seed)],
            [.. pair.Second.Select(found => areSame ? found!.Items!.ToArray() : [found!.Value])]))];
    }

    private string NameOf(string wanted) => Lines.Select(line => line.Result?.Find(wanted)).FirstOrDefault(found => found is not null)?.Name
        ?? (Lines.All(line => line.Result is null) ? wanted : throw new TSpinException(
            $"report_on: \"{wanted}\" was not measured; there is {string.Join(", ", Lines.First(line => line.Result is not null).Result!.Scores.Select(score => score.Name))}."));

    private IReadOnlyList<string> Usual() => [.. (Lines.FirstOrDefault(line => line.Result is not null)?.Result!.Scores ?? [])
        .GroupBy(score => TaskOf(score.Name))
        .Where(task => task.Key != TaskOf(_plan.Study.ChooseOn) && task.Key is not (ValidationTask.TaskName or Distance))
        .Select(task => task.First().Name)];
}
