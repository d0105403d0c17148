namespace TSpin.Prompts;

/// <summary>A token that ends a response.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Piece">How the vocabulary writes it.</param>
/// <param name="Sources">The files that name it, each once.</param>
public sealed record EndToken(int Id, string Piece, IReadOnlyList<string> Sources);
