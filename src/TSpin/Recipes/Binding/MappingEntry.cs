namespace TSpin.Recipes.Binding;

/// <summary>A key with its value.</summary>
/// <param name="Key">The key's text.</param>
/// <param name="KeyPlace">Where the key stands.</param>
/// <param name="Value">The value.</param>
public sealed record MappingEntry(string Key, RecipePlace KeyPlace, RecipeNode Value);
