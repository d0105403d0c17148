namespace TSpin.Cli;

/// <summary>What <c>tspin tokenize --json</c> writes for a text.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Pieces">The tokens as the vocabulary writes them, one per id; empty for an id without one.</param>
/// <param name="Text">The text of the ids.</param>
internal sealed record TokenizedText(int[] Ids, string[] Pieces, string Text);
