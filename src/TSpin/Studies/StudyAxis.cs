using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>One key of a recipe with the values that a study tries.</summary>
/// <param name="Key">Its full name, as <c>training.learning_rate</c>.</param>
/// <param name="Values">As they are written.</param>
public sealed record StudyAxis(string Key, IReadOnlyList<RecipeNode> Values);
