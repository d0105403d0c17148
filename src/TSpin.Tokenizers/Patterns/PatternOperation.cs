namespace TSpin.Tokenizers.Patterns;

/// <summary>The instructions of a compiled pattern.</summary>
internal enum PatternOperation : byte
{
    /// <summary>One code point of the set.</summary>
    One,

    /// <summary>A to B code points of the set, greedy.</summary>
    Greedy,

    /// <summary>A to B code points of the set, lazy.</summary>
    Lazy,

    /// <summary>A to B code points of the set, nothing given back.</summary>
    Possessive,

    /// <summary>Go on at the next instruction, and at A when that fails. With a set: straight to A when the next code point is not in it.</summary>
    Fork,

    /// <summary>Go on at A.</summary>
    Jump,

    /// <summary>Remember the position in register A.</summary>
    Mark,

    /// <summary>Go on at B when nothing was taken since <see cref="Mark"/> of register A: an empty round would repeat for ever.</summary>
    LeaveWhenEmpty,

    /// <summary>The sub-program that follows (to its Accept) must match ahead; go on at A.</summary>
    Ahead,

    /// <summary>The sub-program that follows must not match ahead; go on at A.</summary>
    NotAhead,

    /// <summary>The sub-program that follows must match text that ends here; go on at A; B packs its least and greatest length in code points.</summary>
    Behind,

    /// <summary>The negation of <see cref="Behind"/>.</summary>
    NotBehind,

    /// <summary>The sub-program that follows must match here and its text is taken, finally; go on at A.</summary>
    Atomic,

    /// <summary>Start of the text.</summary>
    TextStart,

    /// <summary>Where the search began: the end of the match before.</summary>
    SearchStart,

    /// <summary>End of the text.</summary>
    TextEnd,

    /// <summary>End of the text, or just before a line feed that ends it.</summary>
    TextEndOrLastLine,

    /// <summary>Start of the text or after a line feed.</summary>
    LineStart,

    /// <summary>End of the text or before a line feed.</summary>
    LineEnd,

    /// <summary>Between a word character and one that is none.</summary>
    WordBoundary,

    /// <summary>Not at a <see cref="WordBoundary"/>.</summary>
    NotWordBoundary,

    /// <summary>The (sub-)program has matched.</summary>
    Accept,
}
