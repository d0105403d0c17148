using TSpin.Recipes.Binding;

namespace TSpin.Recipes;

/// <summary>A recipe cannot be used; the message lists every fault found, one a line.</summary>
public sealed class RecipeException : TSpinException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="faults">All faults, at least one.</param>
    /// <param name="kind">What kind of file has them.</param>
    public RecipeException(IReadOnlyList<RecipeFault> faults, string kind = FaultList.RecipeKind)
        : base($"The {kind} has {(faults.Count == 1 ? "a fault" : $"{faults.Count} faults")}:\n{string.Join('\n', faults)}") => Faults = faults;

    /// <summary>All faults: those in files first, by file and line, then those of overrides.</summary>
    public IReadOnlyList<RecipeFault> Faults { get; }
}
