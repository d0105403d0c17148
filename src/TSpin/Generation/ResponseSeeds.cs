using TSpin.Prompts;
using TSpin.Randomness;

namespace TSpin.Generation;

/// <summary>Gives every prompt its own seed, whatever batch it is answered in.</summary>
/// <param name="RunSeed">The run's seed.</param>
/// <param name="Purpose">What the answers are for, for example <c>generation</c> or <c>evaluation</c>.</param>
/// <param name="Iteration">The round of self-play.</param>
public sealed record ResponseSeeds(ulong RunSeed, string Purpose, int Iteration = 0)
{
    /// <summary>The seed of one prompt's <see cref="RandomStream"/>: <c>NamedSeed.Derive(RunSeed, Purpose, Iteration, promptIndex)</c>.</summary>
    /// <param name="promptIndex">The prompt's <see cref="PromptTokens.Index"/>.</param>
    /// <returns>The seed.</returns>
    public ulong Of(int promptIndex) => NamedSeed.Derive(RunSeed, Purpose, Iteration, promptIndex);
}
