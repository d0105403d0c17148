namespace TSpin.Evaluation.Mathematics;

/// <summary>What a piece of LaTeX is.</summary>
internal enum LatexTokenKind
{
    Number,
    Letter,
    Command,
    Word,
    Sign,
    End,
}

/// <summary>A piece of LaTeX.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; of a command without its backslash, of a word what stands in the braces.</param>
internal readonly record struct LatexToken(LatexTokenKind Kind, string Text);
