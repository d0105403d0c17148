using System.Globalization;

namespace TSpin.Bench;

/// <summary>One side of one shape.</summary>
/// <param name="Shape">Its name.</param>
/// <param name="Type">bfloat16 or float32.</param>
/// <param name="Side">TSpin, peer, or fixed: TSpin with lengths that do not vary, beside those that do.</param>
/// <param name="WithoutPreset">Whether OPENBLAS_CORETYPE was removed.</param>
/// <param name="Count">Triplets or tokens of a round.</param>
/// <param name="Rounds">Rounds counted.</param>
/// <param name="Median">Seconds of a round.</param>
/// <param name="Least">The shortest.</param>
/// <param name="Most">The longest.</param>
/// <param name="CpuMedian">CPU seconds of a round, all threads.</param>
/// <param name="PeakBytes">Largest resident memory of the process.</param>
/// <param name="UsefulFlops">Median of the rounds' useful FLOP/s; null where nothing is trained.</param>
/// <param name="UsefulFlopsInCpuTime">The same over CPU seconds of all threads.</param>
/// <param name="Ceiling">GFLOP/s of the 2048^3 product in the same rounds.</param>
/// <param name="GenerationBound">In generation, tokens per second that the memory allows, which every step reads all weights and all cached keys and values from, or the arithmetic,
/// whichever takes longer; else null.</param>
/// <param name="Unit">What Count counts.</param>
/// <param name="PredictedPeakBytes">What TrainingMemory says the peak would be; null for what it does not predict.</param>
internal sealed record Measurement(
    string Shape, string Type, string Side, bool WithoutPreset, int Count, int Rounds, double Median, double Least, double Most, double CpuMedian, long PeakBytes,
    double? UsefulFlops, double? UsefulFlopsInCpuTime, double Ceiling, double? GenerationBound, string Unit, long? PredictedPeakBytes)
{
    /// <summary>Triplets or tokens per second.</summary>
    public double Rate => Count / Median;

    /// <summary>Useful FLOP/s as a share of the library's 2048^3 product in the same run; in generation tokens per second as a share of what memory or arithmetic allow.</summary>
    public double? ShareOfCeiling => GenerationBound is { } bound ? Rate / bound : UsefulFlops / 1e9 / Ceiling;

    public static double MedianOf(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Shape,-13}{Type,-10}{Side,-8}{(WithoutPreset ? "unset" : ""),-7}{Median,9:F3} s{Least,9:F3}{Most,9:F3}{CpuMedian,9:F3}{Rate,10:F2} {Unit + "/s",-11}{(ShareOfCeiling is { } share ? $"{100 * share:F0}%" : ""),6}{PeakBytes / 1e9,8:F2} GB{(PredictedPeakBytes is { } predicted ? string.Create(CultureInfo.InvariantCulture, $"  predicted {predicted / 1e9:F2} GB") : "")}");
}
