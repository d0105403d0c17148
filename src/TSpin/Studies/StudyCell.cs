using TSpin.Recipes;

namespace TSpin.Studies;

/// <summary>One run of a study.</summary>
/// <param name="Method">The method's name in the study.</param>
/// <param name="Setting">Text of its setting; empty where there is no grid.</param>
/// <param name="Number">The setting's number, from 1.</param>
/// <param name="Examples">Annotated examples to train on; null for all.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Recipe">What it does.</param>
public sealed record StudyCell(string Method, string Setting, int Number, int? Examples, ulong Seed, Recipe Recipe)
{
    /// <summary>What names the cell in ledgers.</summary>
    public string Key => KeyOf(Method, Setting, Examples, Seed);

    /// <summary>The name of its folder below <c>cells</c>.</summary>
    public string FolderName => FormattableString.Invariant($"{Method}-{Number}-n{Examples?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "all"}-s{Seed}");

    /// <summary>The key of a cell.</summary>
    /// <param name="method">The method's name in the study.</param>
    /// <param name="setting">Text of its setting.</param>
    /// <param name="examples">Annotated examples; null for all.</param>
    /// <param name="seed">The seed.</param>
    /// <returns><c>tspin | objective.alpha 0.1 | 100 examples | seed 1</c>.</returns>
    public static string KeyOf(string method, string setting, int? examples, ulong seed) =>
        FormattableString.Invariant($"{method} | {(setting.Length > 0 ? setting + " | " : "")}{(examples is { } count ? $"{count} examples" : "all examples")} | seed {seed}");
}
