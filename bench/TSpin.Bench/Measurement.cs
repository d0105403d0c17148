using System.Globalization;

namespace TSpin.Bench;

/// <summary>One side of one shape.</summary>
internal sealed record Measurement(
    string Shape, string Type, string Side, bool WithoutPreset, int Count, double Median, double Least, double Most, double CpuMedian, long PeakBytes, double? UsefulFlops, double Ceiling, double? BandwidthBound, string Unit)
{
    /// <summary>Triplets or tokens per second.</summary>
    public double Rate => Count / Median;

    /// <summary>Useful FLOP/s as a share of the library's 2048^3 product in the same run; in generation tokens per second as a share of what the memory's bandwidth allows.</summary>
    public double? ShareOfCeiling => BandwidthBound is { } bound ? Rate / bound : UsefulFlops / Median / 1e9 / Ceiling;

    public static double MedianOf(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Shape,-13}{Type,-10}{Side,-8}{(WithoutPreset ? "unset" : ""),-7}{Median,9:F3} s{Least,9:F3}{Most,9:F3}{CpuMedian,9:F3}{Rate,10:F2} {Unit + "/s",-11}{(ShareOfCeiling is { } share ? $"{100 * share:F0}%" : ""),6}{PeakBytes / 1e9,8:F2} GB");
}
