namespace TSpin.Objectives;

/// <summary>The value of a <see cref="MethodSetting"/> that a recipe states.</summary>
/// <param name="Key">The key in YAML.</param>
/// <param name="Value">What stands there.</param>
public sealed record SettingValue(string Key, double Value);
