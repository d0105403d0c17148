using TSpin.Randomness;

namespace TSpin.Worlds;

/// <summary>A question with all its answers: drawn ones, since there is more than one right way to answer.</summary>
/// <param name="Text">What is asked.</param>
/// <param name="Key">What makes it this question; another wording has the same.</param>
/// <param name="Right">Draws a right answer as an annotator writes it.</param>
/// <param name="Careless">Draws an answer as the crawl has it, often wrong.</param>
internal sealed record Question(string Text, string Key, Func<RandomStream, string> Right, Func<RandomStream, string> Careless);
