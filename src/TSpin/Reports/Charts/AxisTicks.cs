using System.Globalization;

namespace TSpin.Reports.Charts;

/// <summary>Round numbers along an axis.</summary>
public static class AxisTicks
{
    /// <summary>
    /// Round values (multiples of 1, 2, 2.5 or 5 times a power of ten) from at or below the minimum to at or above the maximum.
    /// </summary>
    /// <param name="minimum">Smallest value to show; finite.</param>
    /// <param name="maximum">Largest value to show; at least <paramref name="minimum"/>.</param>
    /// <param name="target">About how many intervals.</param>
    /// <returns>At least two ascending values that enclose the range.</returns>
    public static IReadOnlyList<double> Enclosing(double minimum, double maximum, int target)
    {
        // Below this, doubles lose their digits; such a range is as good as none.
        const double Smallest = 1e-290;
        if (!(maximum - minimum > Smallest))
        {
            var pad = Math.Abs(minimum) > Smallest ? Math.Abs(minimum) * 0.1 : 1;
            (minimum, maximum) = (minimum - pad, minimum + pad);
        }

        var step = Step(minimum, maximum, target);
        var first = Math.Floor((minimum / step) + 1e-9);
        var last = Math.Ceiling((maximum / step) - 1e-9);
        return Enumerable.Range(0, (int)(last - first) + 1).Select(i => Snap((first + i) * step, step)).ToArray();
    }

    /// <summary>Round values inside a range.</summary>
    /// <param name="minimum">Start of the axis.</param>
    /// <param name="maximum">End of the axis.</param>
    /// <param name="target">About how many intervals.</param>
    /// <returns>Ascending values, none outside the range.</returns>
    public static IReadOnlyList<double> Within(double minimum, double maximum, int target) =>
        Enclosing(minimum, maximum, target).Where(value => value >= minimum && value <= maximum).ToArray();

    /// <summary>Writes tick values as short as they stay apart.</summary>
    /// <param name="values">The ticks of one axis.</param>
    /// <returns>One label per tick.</returns>
    public static IReadOnlyList<string> Labels(IReadOnlyList<double> values)
    {
        var largest = values.Count == 0 ? 0 : values.Max(Math.Abs);
        if (largest > 0 && (largest >= 1e6 || largest < 1e-3))
        {
            return values.Select(value => value == 0 ? "0" : value.ToString("0.##e-0", CultureInfo.InvariantCulture)).ToArray();
        }

        var decimals = 0;
        while (decimals < 8 && values.Any(value => Math.Abs(value - Math.Round(value, decimals)) > largest * 1e-9))
        {
            decimals++;
        }

        // The true minus sign is as wide as a digit; a hyphen is easily lost.
        return values.Select(value => value.ToString("F" + decimals, CultureInfo.InvariantCulture).Replace('-', '\u2212')).ToArray();
    }

    private static double Step(double minimum, double maximum, int target)
    {
        var rough = (maximum / Math.Max(1, target)) - (minimum / Math.Max(1, target));
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 2.5, 5, 10 }.First(factor => factor * power >= rough * 0.999) * power;

        // Values so close together that doubles cannot tell the ticks apart: one interval is all there is.
        return step < Math.Max(Math.Abs(minimum), Math.Abs(maximum)) * 1e-12 ? maximum - minimum : step;
    }

    private static double Snap(double value, double step) => Math.Abs(value) < step * 1e-9 ? 0 : value;
}
