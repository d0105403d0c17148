using System.Globalization;
using TSpin.Evaluation.Comparison;

namespace TSpin.Tuning;

/// <summary>What was found, in words.</summary>
/// <param name="Sentence">The one sentence.</param>
/// <param name="Notes">What must be said with it: the nearest other kind, the correction for having chosen, what the
/// metric favours.</param>
public sealed record TuneVerdict(string Sentence, IReadOnlyList<string> Notes)
{
    /// <summary>Judges.</summary>
    /// <param name="trials">Those tried to their end; the first is the base.</param>
    /// <param name="chosen">The chosen one among them.</param>
    /// <param name="metric">What they were chosen by.</param>
    /// <param name="seed">Of the correction's draws.</param>
    /// <returns>The verdict.</returns>
    public static TuneVerdict Of(IReadOnlyList<TuneTrial> trials, int chosen, TuneMetric metric, ulong seed)
    {
        var words = TuneWords.Of(trials, metric);
        var (winner, notes) = (trials[chosen], new List<string>());
        var examples = winner.Result!.Scores.Count;
        var others = trials.Where((trial, i) => i != chosen && trial.Candidate.Kind != winner.Candidate.Kind
            && (chosen == 0 || i != 0)).ToArray();
        var nearest = others.MaxBy(trial => trial.Result!.Mean);
        string sentence;
        if (chosen == 0)
        {
            sentence = nearest is null
                ? $"Nothing was tried beside the base, which has {words.Score(winner)} of {examples} held-out examples."
                : $"Nothing beats the base, which has {words.Score(winner)} of {examples} held-out examples: the best other, "
                    + $"{nearest.Candidate.Title}, has {words.Score(nearest)} ({words.Difference(Between(winner, nearest))}){words.More(Between(winner, nearest))}.";
        }
        else
        {
            var difference = Between(trials[0], winner);
            sentence = difference.IsOutsideError
                ? $"{Capital(winner.Candidate.Title)} is better than the base: {words.Score(winner)} against {words.Score(trials[0])} of {examples} held-out examples ({words.Difference(difference)})."
                : $"No sure difference between {winner.Candidate.Title} and the base: {words.Score(winner)} against {words.Score(trials[0])} of {examples} held-out examples ({words.Difference(difference)}){words.More(difference)}.";
            if (nearest is not null)
            {
                var between = Between(nearest, winner);
                notes.Add(between.IsOutsideError && between.Difference > 0
                    ? $"{Capital(winner.Candidate.Title)} is also better than {nearest.Candidate.Title} with {words.Score(nearest)} ({words.Difference(between)})."
                    : $"No difference found between {winner.Candidate.Title} and {nearest.Candidate.Title} with {words.Score(nearest)} ({words.Difference(between)}){words.More(between)}.");
            }
        }

        if (TuneChoice.Corrected(
            [.. trials.Select(trial => trial.Outcome!.Iterations.Select(own => own.Scores).ToArray())],
            [.. trials.Select(trial => (int)trial.Candidate.Kind)], seed) is { } corrected)
        {
            notes.Add($"Choosing the best of {trials.Count} on the same examples flatters it; corrected for that, what this choice gains over the base is "
                + $"{words.Number(corrected.Gain, isSigned: true)} {words.Unit} (95% from {words.Number(corrected.Low, isSigned: true)} to {words.Number(corrected.High, isSigned: true)}).");
        }
        else
        {
            notes.Add("The figures are of the examples that the choice was made with, so the best one's is flattered.");
        }

        if (metric.Kind == TuneMetricKind.Likelihood)
        {
            notes.Add("Nats per token of annotated answers favour SFT, which optimises just that; give --task or --judge to choose by what a good answer is.");
        }

        return new TuneVerdict(sentence, notes);
    }

    private static PairedDifference Between(TuneTrial a, TuneTrial b) =>
        TuneChoice.Difference(a.Result!.Scores, b.Result!.Scores);

    private static string Capital(string text) => char.ToUpper(text[0], CultureInfo.InvariantCulture) + text[1..];
}
