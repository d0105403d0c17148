namespace TSpin.Recipes.Binding;

/// <summary>One line of a recipe's description.</summary>
/// <param name="Field">The full name, for example <c>training.epochs</c>; a section's own name for its heading.</param>
/// <param name="Type">What is expected; empty for a section.</param>
/// <param name="Range">Which values are allowed; may be empty.</param>
/// <param name="Default">The default as YAML; null when the field must be stated, and for a section.</param>
/// <param name="Doc">What it means, in a sentence or two.</param>
/// <param name="IsSection">Whether this is a section's heading.</param>
public sealed record SchemaEntry(string Field, string Type, string Range, string? Default, string Doc, bool IsSection);
