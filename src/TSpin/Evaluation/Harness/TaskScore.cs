using System.Text.Json;

namespace TSpin.Evaluation.Harness;

/// <summary>What a metric says of one row.</summary>
/// <param name="Values">One number; of a metric per part any number of them.</param>
/// <param name="Json">As the harness writes it: <c>1.0</c>, <c>1</c>, <c>true</c>, <c>[true, false]</c>.</param>
public sealed record TaskScore(IReadOnlyList<double> Values, JsonElement Json)
{
    /// <summary>The one number; of several their mean.</summary>
    public double Value => Values.Count == 0 ? double.NaN : Values.Average();

    /// <summary>Right or wrong, written <c>1.0</c> or <c>0.0</c>.</summary>
    /// <param name="right">Which.</param>
    /// <returns>The score.</returns>
    public static TaskScore Of(bool right) => Of(right ? 1.0 : 0.0);

    /// <summary>A share.</summary>
    /// <param name="value">From 0 to 1.</param>
    /// <returns>The score.</returns>
    public static TaskScore Of(double value) => new([value], double.IsFinite(value) ? PythonJsonText.Float(value) : JsonSerializer.SerializeToElement(value.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Right or wrong, written <c>1</c> or <c>0</c>.</summary>
    /// <param name="right">Which.</param>
    /// <returns>The score.</returns>
    public static TaskScore OfNumber(bool right) => new([right ? 1 : 0], JsonSerializer.SerializeToElement(right ? 1 : 0));

    /// <summary>Right or wrong, written <c>true</c> or <c>false</c>.</summary>
    /// <param name="right">Which.</param>
    /// <returns>The score.</returns>
    public static TaskScore OfFlag(bool right) => new([right ? 1 : 0], JsonSerializer.SerializeToElement(right));

    /// <summary>Verdicts of parts.</summary>
    /// <param name="right">One for each.</param>
    /// <returns>The score.</returns>
    public static TaskScore OfFlags(IReadOnlyList<bool> right) => new([.. right.Select(flag => flag ? 1.0 : 0.0)], JsonSerializer.SerializeToElement(right));
}
