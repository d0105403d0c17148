namespace TSpin.Tokenizers.Models;

/// <summary>
/// Cuts text at metaspaces where a model allows it: when no token reaches from another sign into a metaspace, what lies before each
/// metaspace is independent of what follows, and can be encoded and remembered word by word, with the same result.
/// </summary>
internal static class MetaspaceWords
{
    public const char Metaspace = '\u2581';

    /// <summary>Whether a token has a metaspace behind another sign.</summary>
    public static bool Crosses(string token) => token.AsSpan().TrimStart(Metaspace).Contains(Metaspace);

    /// <summary>The length of the first word: metaspaces, then other signs.</summary>
    public static int FirstLength(ReadOnlySpan<char> text)
    {
        var body = text.IndexOfAnyExcept(Metaspace);
        var next = body < 0 ? -1 : text[body..].IndexOf(Metaspace);
        return next < 0 ? text.Length : body + next;
    }
}
