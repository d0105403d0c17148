namespace TSpin.Generation;

/// <summary>
/// What becomes of a synthetic response that was cut at the length limit; in YAML <c>keep</c> (default), <c>drop</c>
/// or <c>retry</c>.
/// </summary>
public enum CutResponses
{
    /// <summary>It is trained on as it is, without an end.</summary>
    Keep,

    /// <summary>Its triplet is left out of the iteration.</summary>
    Drop,

    /// <summary>
    /// The prompt is answered once more, with the same seed and up to twice the limit, which continues the answer;
    /// what is cut then too is kept.
    /// </summary>
    Retry,
}
