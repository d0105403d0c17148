namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>What becomes of the matches of a split (tokenizers' <c>SplitDelimiterBehavior</c>).</summary>
internal enum SplitBehavior
{
    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>Each match is a part of its own.</summary>
    Isolated,

    /// <summary>A match ends the part before it.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the part after it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch are one part.</summary>
    Contiguous,
}
