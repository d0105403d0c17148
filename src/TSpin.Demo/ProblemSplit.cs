namespace TSpin.Demo;

/// <summary>
/// Which part of the world a problem belongs to. The part follows from the problem's kind and numbers alone, not from any seed, so
/// a base model pretrained once can never have seen a test problem of any later run.
/// </summary>
public enum ProblemSplit
{
    /// <summary>Seven of ten problems: what the base model may be pretrained on.</summary>
    Pretraining,

    /// <summary>Two of ten: what may be annotated.</summary>
    Annotated,

    /// <summary>One of ten: what tests are drawn from.</summary>
    Test,
}
