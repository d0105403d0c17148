namespace TSpin.Evaluation.Mathematics;

/// <summary>LaTeX that is no expression that is read here: the answer it stands in equals none.</summary>
internal sealed class LatexException(string message) : Exception(message);
