using System.Globalization;

namespace TSpin.Studies.Statistics;

/// <summary>Two methods at one amount of data by one score, over the same seeds and items.</summary>
/// <param name="A">The one.</param>
/// <param name="B">The other.</param>
/// <param name="Examples">Annotated examples of both; null for all.</param>
/// <param name="Score">What is compared, as <c>gsm8k/exact_match,strict-match</c>.</param>
/// <param name="HigherIsBetter">Whether a larger value is a better one.</param>
/// <param name="IsShare">Whether all scores lie in [0, 1], so that differences are points of a hundred.</param>
/// <param name="Difference">B - A.</param>
public sealed record MethodComparison(
    string A, string B, int? Examples, string Score, bool HigherIsBetter, bool IsShare, ScoreEstimate Difference)
{
    private const double MostSaid = 1e5;

    /// <summary>Whether the 95% interval leaves out 0.</summary>
    public bool IsFound => Difference.IsOutsideError;

    /// <summary>The better one where a difference is found; else null.</summary>
    public string? Better => !IsFound ? null : Difference.Mean > 0 == HigherIsBetter ? B : A;

    /// <summary>The difference in words: <c>+4.2 points [+1.1, +7.0]</c>.</summary>
    public string Text => $"{Signed(Difference.Mean)}{(IsShare ? " points" : "")}"
        + (Difference.HasInterval ? $" [{Signed(Difference.Low)}, {Signed(Difference.High)}]" : "");

    /// <summary>The finding in a sentence.</summary>
    public string Sentence
    {
        get
        {
            var variance = Difference.Variance;
            var alone = variance.Seeds == 1 ? "; of a single seed, which says nothing of other draws" : "";
            if (Better is { } better)
            {
                return $"{better} is better than {(better == B ? A : B)} by {Magnitude(Difference.Mean)}{(IsShare ? " points" : "")} "
                    + $"[{Ends}]{alone}";
            }

            var size = Math.Abs(Difference.Mean);
            return $"no difference found between {A} and {B} ({Text})" + (
                size == 0 && variance.OfMean == 0 ? ": all scores are the same"
                : !Difference.HasInterval ? "; a single score tells nothing: give more seeds"
                : variance.SeedsToTell(size) is <= MostSaid and var seeds ? $"; about {Count(seeds)} seeds more would tell one of this size"
                : variance.ItemsToTell(size) is <= MostSaid and var items ? $"; more seeds alone would not tell one of this size, about {Count(items)} test items more would"
                : variance.Seeds == 1 ? "; give more seeds"
                : "; if there is one, it is too small for these numbers of seeds and items") + alone;
        }
    }

    // Where a difference is found, both ends have its sign.
    private string Ends => Math.Abs(Difference.Low) < Math.Abs(Difference.High)
        ? $"{Magnitude(Difference.Low)}, {Magnitude(Difference.High)}" : $"{Magnitude(Difference.High)}, {Magnitude(Difference.Low)}";

    private static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private string Signed(double value) => $"{(value < 0 ? "-" : "+")}{Magnitude(value)}";

    private string Magnitude(double value) => IsShare ? (100 * Math.Abs(value)).ToString("F1", CultureInfo.InvariantCulture)
        : Math.Abs(value).ToString(Math.Abs(value) < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);
}
