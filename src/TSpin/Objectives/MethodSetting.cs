namespace TSpin.Objectives;

/// <summary>A number in section <c>objective</c> of recipes that belongs to one method or a few.</summary>
/// <param name="Key">The key in YAML.</param>
/// <param name="Default">Its value where a recipe is silent.</param>
/// <param name="Range">The values allowed, for example <c>(0, 1000]</c>.</param>
/// <param name="Meaning">What it means, for docs and help.</param>
public sealed record MethodSetting(string Key, double Default, string Range, string Meaning)
{
    /// <summary>Whether only whole numbers are allowed. Default: false.</summary>
    public bool IsWhole { get; init; }
}
