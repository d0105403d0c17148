namespace TSpin.Tokenizers.Patterns;

/// <summary>How a repetition chooses its count.</summary>
internal enum RepetitionKind
{
    /// <summary>As many as possible, giving back when the rest fails.</summary>
    Greedy,

    /// <summary>As few as possible.</summary>
    Lazy,

    /// <summary>As many as possible, giving nothing back.</summary>
    Possessive,
}
