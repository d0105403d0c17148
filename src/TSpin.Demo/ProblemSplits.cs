using TSpin.Randomness;

namespace TSpin.Demo;

/// <summary>Tells where a problem belongs.</summary>
public static class ProblemSplits
{
    /// <summary>The part of the world that a problem belongs to.</summary>
    /// <param name="key">The problem's <see cref="WordProblem.Key"/>.</param>
    /// <returns>The same part always, for the same key.</returns>
    public static ProblemSplit Of(string key) => (NamedSeed.Derive(0, key) % 10) switch
    {
        0 => ProblemSplit.Test,
        1 or 2 => ProblemSplit.Annotated,
        _ => ProblemSplit.Pretraining,
    };
}
