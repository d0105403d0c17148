namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>Splits text into sentences.</summary>
public interface ISentenceSplitter
{
    /// <summary>The sentences, with the marks that close them.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>In order; none is empty.</returns>
    IReadOnlyList<string> Split(string text);
}
