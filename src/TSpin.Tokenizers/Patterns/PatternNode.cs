using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Patterns;

/// <summary>A regular expression as a tree; the parser makes it, the compiler flattens it.</summary>
internal abstract record PatternNode
{
    /// <summary>Whether it can match without taking text.</summary>
    public bool CanBeEmpty => this switch
    {
        One => false,
        Concatenation row => row.Parts.All(part => part.CanBeEmpty),
        Alternation either => either.Branches.Any(branch => branch.CanBeEmpty),
        Repetition repetition => repetition.Minimum == 0 || repetition.Part.CanBeEmpty,
        Atomic atomic => atomic.Part.CanBeEmpty,
        _ => true,
    };

    /// <summary>One code point out of a set.</summary>
    public sealed record One(CodePointSet Set) : PatternNode;

    /// <summary>Parts one after another; none: matches the empty text.</summary>
    public sealed record Concatenation(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first branch that leads to a match.</summary>
    public sealed record Alternation(IReadOnlyList<PatternNode> Branches) : PatternNode;

    /// <summary>A part repeated; <paramref name="Maximum"/> is <see cref="int.MaxValue"/> for no limit.</summary>
    public sealed record Repetition(PatternNode Part, int Minimum, int Maximum, RepetitionKind Kind) : PatternNode;

    /// <summary>A condition on what follows or precedes, which takes no text.</summary>
    public sealed record Look(PatternNode Part, bool Behind, bool Negated) : PatternNode;

    /// <summary>A part whose first match is final.</summary>
    public sealed record Atomic(PatternNode Part) : PatternNode;

    /// <summary>A condition on the position.</summary>
    public sealed record Anchor(PatternOperation Operation) : PatternNode;
}
