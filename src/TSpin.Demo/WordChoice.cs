namespace TSpin.Demo;

/// <summary>A word that a kind of problem draws, the same one throughout the problem.</summary>
/// <param name="Slot">The name in braces that stands for it; with an <c>s</c> appended it stands for the plural.</param>
/// <param name="Words">The singular words to choose from; all of them form the plural with <c>s</c>.</param>
public sealed record WordChoice(string Slot, IReadOnlyList<string> Words);
