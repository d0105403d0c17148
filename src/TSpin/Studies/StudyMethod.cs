using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>One of the things that a study compares: a method with settings of its own.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Set">What its recipes have other than the study's recipe; with the key <c>method</c>.</param>
/// <param name="Grid">The keys whose values are tried for it; null: those of the study.</param>
public sealed record StudyMethod(string Name, MappingNode Set, IReadOnlyList<StudyAxis>? Grid);
