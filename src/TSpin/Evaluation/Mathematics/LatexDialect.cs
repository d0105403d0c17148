namespace TSpin.Evaluation.Mathematics;

/// <summary>How LaTeX is read: the two scores of MATH read it differently.</summary>
/// <param name="IsReal">Whether variables are taken for real numbers.</param>
/// <param name="HasCollections">
/// Sets, tuples, intervals, matrices and words are read; a number followed by a fraction is their sum; subscripts of
/// numbers do not count.
/// </param>
/// <param name="ReadsPrefix">What follows the first expression is passed over.</param>
internal sealed record LatexDialect(bool IsReal, bool HasCollections, bool ReadsPrefix)
{
    /// <summary>
    /// As sympy's parse_latex: the first score. Every letter and command is a variable, pi and e too.
    /// </summary>
    public static LatexDialect Sympy { get; } = new(IsReal: true, HasCollections: false, ReadsPrefix: true);

    /// <summary>As math_verify: the second score.</summary>
    public static LatexDialect Verify(bool isReal) => new(isReal, HasCollections: true, ReadsPrefix: false);
}
