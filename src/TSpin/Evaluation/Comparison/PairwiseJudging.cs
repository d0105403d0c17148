using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Evaluation.UserTasks;

namespace TSpin.Evaluation.Comparison;

/// <summary>What a judge of the user's own says of the answers of two evaluations, side by side.</summary>
/// <param name="Rows">Answers that were judged.</param>
/// <param name="WinsA">Those of A that are better.</param>
/// <param name="Ties">Those that are as good as one another.</param>
/// <param name="WinsB">Those of B that are better.</param>
public sealed record PairwiseJudging(int Rows, int WinsA, int Ties, int WinsB)
{
    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>B's share of wins, a tie being half of one.</summary>
    public double Share => (WinsB + (0.5 * Ties)) / Rows;

    /// <summary>Its standard error; null for a single row.</summary>
    public double? StandardError => Rows < 2 ? null
        : Math.Sqrt(((WinsB * Square(1 - Share)) + (Ties * Square(0.5 - Share))
            + (WinsA * Square(Share))) / (Rows - 1) / Rows);

    /// <summary>The exact p of the wins alone, as of a fair coin.</summary>
    public double P => McNemarTest.P(WinsB, WinsA);

    /// <summary>The finding in a sentence.</summary>
    public string Sentence =>
        string.Create(CultureInfo.InvariantCulture,
        $"B wins {100 * Share:F1}%{(StandardError is { } error ? $" ±{100 * PairedDifference.Coverage95 * error:F1}" : "")} of {Rows:N0} (A {WinsA}, ties {Ties}, B {WinsB}; p {McNemarTest.Text(P)}): ")
        + (P < 0.05 ? $"{(WinsB > WinsA ? "B" : "A")} is better" : "no difference found");

    /// <summary>
    /// Asks the judge, once for all rows; in every second row the answers change places, so that a liking for the first
    /// does no harm.
    /// </summary>
    /// <param name="rows">What both wrote.</param>
    /// <param name="judge">Reads prompt, answer_a, answer_b, reference; prints 1 where answer_a is better, 0 where
    /// answer_b is, 0.5 where neither.</param>
    /// <param name="place">The judge's name in messages.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <returns>The wins.</returns>
    /// <exception cref="TSpinException">The judge fails, or prints another number.</exception>
    public static PairwiseJudging Of(IReadOnlyList<(ComparedRow A, ComparedRow B)> rows, JudgeProcess judge,
        string place, CancellationToken cancellation = default)
    {
        var lines = rows.Select((row, i) => JsonSerializer.Serialize(
            new Dictionary<string, string>
            {
                ["prompt"] = row.A.Prompt,
                ["answer_a"] = IsSwapped(i) ? row.B.Answer : row.A.Answer,
                ["answer_b"] = IsSwapped(i) ? row.A.Answer : row.B.Answer,
                ["reference"] = row.A.Reference,
            }, Plain)).ToArray();
        var scores = judge.Ask(lines, cancellation);
        for (var i = 0; i < scores.Count; i++)
        {
            if (scores[i] is not (0 or 0.5 or 1))
            {
                throw new TSpinException(string.Create(CultureInfo.InvariantCulture,
                    $"{place} printed {scores[i]} in line {i + 1}; a judge of pairs prints 1 (answer_a is better), 0 (answer_b is) or 0.5 (neither)."));
            }
        }

        var ofB = scores.Select((score, i) => IsSwapped(i) ? score : 1 - score).ToArray();
        return new PairwiseJudging(rows.Count, ofB.Count(score => score == 0), ofB.Count(score => score == 0.5),
            ofB.Count(score => score == 1));
    }

    private static bool IsSwapped(int row) => row % 2 == 1;

    private static double Square(double value) => value * value;
}
