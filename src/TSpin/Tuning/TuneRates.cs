using System.Globalization;

namespace TSpin.Tuning;

/// <summary>
/// The settings that candidates are tried with, by rules. They rest on few measurements: AdamW at 1e-4 for SFT of 1.9
/// million parameters and 2e-5 of 135 million, between which and beyond the rate goes with the parameters to the power
/// -0.38; T-SPIN's step a tenth of SFT's, a low-rank adapter's ten times that of the whole model; alpha 0.1 for sums
/// over about 40 tokens.
/// </summary>
public static class TuneRates
{
    private const double Exponent = 0.38;

    /// <summary>What SFT's and T-SPIN's base rates are multiplied with, in the order they are tried.</summary>
    public static IReadOnlyList<double> Factors { get; } = [1, 1.0 / 3, 3];

    /// <summary>SFT's base rate.</summary>
    /// <param name="parameters">Of the model.</param>
    /// <param name="isAdapter">Whether a low-rank adapter is trained.</param>
    /// <returns>1e-4 (2e6 / parameters)^0.38 in [2e-6, 3e-4], one digit; ten times that for an adapter.</returns>
    public static double OfSft(long parameters, bool isAdapter) => OneDigit(
        Math.Clamp(1e-4 * Math.Pow(2e6 / Math.Max(1, parameters), Exponent), 2e-6, 3e-4) * (isAdapter ? 10 : 1));

    /// <summary>The rates of a kind, in the order they are tried.</summary>
    /// <param name="kind">A trained kind.</param>
    /// <param name="parameters">Of the model.</param>
    /// <param name="isAdapter">Whether a low-rank adapter is trained.</param>
    /// <returns>The base rate, a third and three times of it, one digit each.</returns>
    public static IReadOnlyList<double> Of(TuneKind kind, long parameters, bool isAdapter) =>
        [.. Factors.Select(factor => OneDigit(
            OfSft(parameters, isAdapter) * (kind == TuneKind.Sft ? 1 : 0.1) * factor))];

    /// <summary>Alpha, by what the sums of log-probabilities are over.</summary>
    /// <param name="meanTokens">Mean length of annotated answers.</param>
    /// <returns>4 / length in [0.01, 1], one digit.</returns>
    public static double Alpha(double meanTokens) => OneDigit(Math.Clamp(4 / Math.Max(1, meanTokens), 0.01, 1));

    /// <summary>Passes of SFT over the examples: about 800 looks at examples, in 2 to 10.</summary>
    /// <param name="examples">How many there are.</param>
    /// <returns>The epochs.</returns>
    public static int Epochs(int examples) => Math.Clamp((int)Math.Ceiling(800.0 / Math.Max(1, examples)), 2, 10);

    /// <summary>Examples per step.</summary>
    /// <param name="examples">How many there are.</param>
    /// <returns>8 under 2,000 examples, 32 under 20,000, then 64.</returns>
    public static int BatchSize(int examples) => examples < 2_000 ? 8 : examples < 20_000 ? 32 : 64;

    /// <summary>A rate with one digit that counts.</summary>
    /// <param name="rate">Above 0.</param>
    /// <returns>The nearest.</returns>
    public static double OneDigit(double rate) =>
        double.Parse(rate.ToString("E0", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>A rate in words.</summary>
    /// <param name="rate">With one digit.</param>
    /// <returns>As <c>1e-4</c>.</returns>
    public static string Text(double rate)
    {
        var parts = rate.ToString("E0", CultureInfo.InvariantCulture).Split('E');
        return $"{parts[0]}e{int.Parse(parts[1], CultureInfo.InvariantCulture)}";
    }
}
