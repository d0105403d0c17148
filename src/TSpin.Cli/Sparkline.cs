namespace TSpin.Cli;

/// <summary>A row of numbers as a line of blocks, for a glance at where it goes.</summary>
internal static class Sparkline
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>Draws.</summary>
    /// <param name="values">The numbers, in order; those that are not finite are left out.</param>
    /// <param name="width">Characters at most; neighbours are averaged where there are more numbers.</param>
    /// <returns>Empty where there is no number.</returns>
    public static string Of(IReadOnlyList<double> values, int width)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        var size = Math.Max(1, (finite.Length + width - 1) / Math.Max(1, width));
        double[] means = [.. finite.Chunk(size).Select(part => part.Average())];
        if (means.Length == 0)
        {
            return "";
        }

        var (low, high) = (means.Min(), means.Max());
        return string.Concat(means.Select(mean => Blocks[high > low
            ? (int)Math.Round((mean - low) / (high - low) * (Blocks.Length - 1)) : 0]));
    }
}
