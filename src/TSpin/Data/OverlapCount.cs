namespace TSpin.Data;

/// <summary>How many examples of a set stand in the training data.</summary>
/// <param name="Set">The set's name.</param>
/// <param name="Examples">Examples of the set.</param>
/// <param name="SamePrompt">Those whose prompt is a training prompt.</param>
/// <param name="Shared">Those, and the ones of which <see cref="TextOverlap.Words"/> words in a row stand in a training example.</param>
public sealed record OverlapCount(string Set, int Examples, int SamePrompt, int Shared);
