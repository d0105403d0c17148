using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.Studies;
using TSpin.Tuning;

namespace TSpin.Cli;

/// <summary>What the demo's runs say about their methods, in the words of <c>tspin tune</c>.</summary>
internal static class DemoVerdict
{
    private static readonly (string Mode, string Score)[] Looks =
    [
        ("Greedy", "gsm8k/exact_match,flexible-extract"), ("At temperature 1", "gsm8k (sampled)/exact_match,flexible-extract"),
    ];

    /// <summary>A sentence for greedy and one for sampled answers, each with the nearest other method beside it.</summary>
    /// <param name="runs">The finished runs.</param>
    /// <param name="seed">The demo's seed.</param>
    /// <returns>The sentences.</returns>
    public static IReadOnlyList<string> Of(IReadOnlyList<(Recipe Recipe, string Folder)> runs, ulong seed)
    {
        var results = runs.Select(run => (run.Recipe, Result: TrialResult.Read(run.Recipe, run.Folder))).ToArray();
        var metric = new TuneMetric(TuneMetricKind.FinalNumber, "");
        return [.. Looks.Select(look =>
        {
            var trials = results.Select(run => Trial(run.Recipe, run.Result, look.Score))
                .Prepend(new TuneTrial(new TuneCandidate(TuneKind.Base), "", Outcome([ScoresOf(results[0].Result.Before!, look.Score)])))
                .ToArray();
            var chosen = TuneChoice.Of(
                [.. trials.Select(trial => trial.Result!.Scores)], [.. trials.Select(trial => (int)trial.Candidate.Kind)]);
            var verdict = TuneVerdict.Of(trials, chosen, metric, seed);
            return string.Join(' ', verdict.Notes.SkipLast(1).Prepend($"{look.Mode}: {verdict.Sentence}"));
        })];
    }

    private static TuneTrial Trial(Recipe recipe, TrialResult result, string score) => new(
        new TuneCandidate(recipe.Method == Methods.Sft ? TuneKind.Sft : TuneKind.TSpin, recipe.Training.LearningRate[0])
        {
            CalledTitle = recipe.Method.DisplayName,
        },
        result.Folder, Outcome([ScoresOf(result.Result!, score)]));

    private static TuneOutcome Outcome(IReadOnlyList<TuneScores> iterations) => new(0, iterations, []);

    private static TuneScores ScoresOf(TrialEvaluation evaluation, string score) => new([.. evaluation.Find(score)!.Items!.Values], 0, 0);
}
