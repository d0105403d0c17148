namespace TSpin.Bench;

/// <summary>What is done with a shape.</summary>
internal enum BenchKind
{
    /// <summary>Training steps of its method.</summary>
    Train,

    /// <summary>Answers to prompts.</summary>
    Generate,

    /// <summary>Questions with choices, each scored behind its question.</summary>
    Choose,
}
