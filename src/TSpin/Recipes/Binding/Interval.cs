using System.Globalization;

namespace TSpin.Recipes.Binding;

/// <summary>A range of numbers, written as mathematicians do: <c>(0, 1]</c> holds 1 but not 0.</summary>
/// <param name="Minimum">Lower end.</param>
/// <param name="IncludesMinimum">Whether the lower end belongs to it.</param>
/// <param name="Maximum">Upper end.</param>
/// <param name="IncludesMaximum">Whether the upper end belongs to it.</param>
public sealed record Interval(double Minimum, bool IncludesMinimum, double Maximum, bool IncludesMaximum)
{
    /// <summary>Reads the notation; for constants in the source.</summary>
    /// <param name="text">For example <c>[0, 1)</c>.</param>
    /// <returns>The range.</returns>
    public static Interval Parse(string text)
    {
        var ends = text[1..^1].Split(',');
        return new Interval(
            double.Parse(ends[0], CultureInfo.InvariantCulture),
            text[0] == '[',
            double.Parse(ends[1], CultureInfo.InvariantCulture),
            text[^1] == ']');
    }

    /// <summary>Whether a number lies in the range.</summary>
    /// <param name="value">Any number; NaN is in no range.</param>
    /// <returns>True if it does.</returns>
    public bool Contains(double value) =>
        (IncludesMinimum ? value >= Minimum : value > Minimum) && (IncludesMaximum ? value <= Maximum : value < Maximum);

    /// <summary>The notation.</summary>
    /// <returns>For example <c>(0, 1]</c>.</returns>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(IncludesMinimum ? '[' : '(')}{Minimum:0.##########}, {Maximum:0.##########}{(IncludesMaximum ? ']' : ')')}");
}
