namespace TSpin.Reports;

/// <summary>How far a score rose, and how sure that is.</summary>
/// <param name="Before">Score of the base model.</param>
/// <param name="After">Score afterwards.</param>
/// <param name="StandardError">Standard error of the difference; NaN when neither answers nor errors were recorded.</param>
/// <param name="Gained">Problems wrong before and right afterwards; <see langword="null"/> when the answers were not both recorded.</param>
/// <param name="Lost">Problems right before and wrong afterwards; likewise.</param>
public sealed record ScoreGain(RecordedScore Before, RecordedScore After, double StandardError, int? Gained, int? Lost)
{
    /// <summary>Width of a 95% interval in standard errors, to each side.</summary>
    public const double Coverage95 = 1.96;

    /// <summary>The difference, after minus before, as a share in [-1, 1].</summary>
    public double Difference => After.Value - Before.Value;

    /// <summary>Whether zero lies outside the 95% interval of the difference.</summary>
    public bool IsOutsideError => Math.Abs(Difference) > Coverage95 * StandardError;

    /// <summary>
    /// Compares two evaluations of the same problems. With both sides' answers at hand the error is that of the mean of the
    /// per-problem differences (paired, the sharper test); else the root of the summed squares of the two standard errors.
    /// </summary>
    /// <param name="before">Score of the base model.</param>
    /// <param name="after">Score afterwards.</param>
    /// <param name="verdictsBefore">Right or wrong by problem, of the base model; may be empty.</param>
    /// <param name="verdictsAfter">Likewise, afterwards.</param>
    /// <returns>The gain.</returns>
    public static ScoreGain Between(
        RecordedScore before,
        RecordedScore after,
        IReadOnlyDictionary<int, bool> verdictsBefore,
        IReadOnlyDictionary<int, bool> verdictsAfter)
    {
        var unpaired = new ScoreGain(before, after, Math.Sqrt(Square(before.StandardError) + Square(after.StandardError)), null, null);
        if (verdictsBefore.Count < 2 || verdictsBefore.Count != verdictsAfter.Count || !verdictsBefore.Keys.All(verdictsAfter.ContainsKey))
        {
            return unpaired;
        }

        var gained = verdictsBefore.Count(verdict => !verdict.Value && verdictsAfter[verdict.Key]);
        var lost = verdictsBefore.Count(verdict => verdict.Value && !verdictsAfter[verdict.Key]);
        double problems = verdictsBefore.Count;
        var mean = (gained - lost) / problems;
        if (Math.Abs(mean - unpaired.Difference) > 0.5 / problems)
        {
            // The answers are not those the scores were computed from; trust the scores.
            return unpaired;
        }

        var variance = (((gained + lost) / problems) - Square(mean)) * problems / (problems - 1);
        return unpaired with { StandardError = Math.Sqrt(Math.Max(0, variance) / problems), Gained = gained, Lost = lost };
    }

    private static double Square(double value) => value * value;
}
