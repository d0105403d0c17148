namespace TSpin.Demo;

/// <summary>One number that a kind of problem draws, and its range.</summary>
/// <param name="Name">A single lower-case letter, as the template's texts refer to it.</param>
/// <param name="Minimum">Smallest value.</param>
/// <param name="Maximum">Largest value, inclusive.</param>
public sealed record NumberRange(string Name, int Minimum, int Maximum);
