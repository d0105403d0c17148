using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>
/// Answers prompts with one state of a model: in this process (<see cref="Generator"/>), or elsewhere. Answers depend on options, seeds and the model, not on who else is
/// asked at the same time, except where the rounding of logits does.
/// </summary>
public interface IGenerator
{
    /// <summary>How tokens are chosen.</summary>
    SamplingOptions Options { get; }

    /// <summary>Token ids that end an answer.</summary>
    IReadOnlyList<int> EndIds { get; }

    /// <summary>What computes, where answers could depend on it: the type of the arithmetic, or a server's name and version. Recorded beside the answers; a file is continued only with the same.</summary>
    string ComputedIn { get; }

    /// <summary>Something that a user should know of how answers were made (a slower path taken); null for nothing.</summary>
    string? Notice => null;

    /// <summary>Checks that every prompt can be answered, before any work is done.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <exception cref="TSpinException">One cannot, or two have the same index.</exception>
    void Check(IReadOnlyList<PromptTokens> prompts);

    /// <summary>How many of some prompts are best answered at the same time.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <returns>At least 1.</returns>
    int BatchSizeFor(IReadOnlyList<PromptTokens> prompts);

    /// <summary>Answers the prompts of one wave.</summary>
    /// <param name="prompts">The prompts; checked by the caller (<see cref="Check"/>).</param>
    /// <param name="seeds">Where each prompt's seed comes from.</param>
    /// <param name="batchSize">Most prompts at the same time.</param>
    /// <param name="steps">Told of progress inside the wave, as often as the implementation can.</param>
    /// <param name="cancellation">Looked at often.</param>
    /// <returns>One answer per prompt, in the given order, with ids and their log-probabilities.</returns>
    /// <exception cref="TSpinException">The answers cannot be made; the message says why and what helps.</exception>
    IReadOnlyList<Response> GenerateWave(
        IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps = null, CancellationToken cancellation = default);

    /// <summary>Answers several waves. Default: one after the other, when its answers are asked for.</summary>
    /// <param name="waves">The prompts of every wave.</param>
    /// <param name="seeds">As for <see cref="GenerateWave"/>.</param>
    /// <param name="batchSize">As there.</param>
    /// <param name="steps">As there.</param>
    /// <param name="cancellation">As there.</param>
    /// <returns>What <see cref="GenerateWave"/> returns for each wave, in their order.</returns>
    IEnumerable<IReadOnlyList<Response>> GenerateWaves(
        IEnumerable<PromptTokens[]> waves, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps = null, CancellationToken cancellation = default) =>
        waves.Select(wave => GenerateWave(wave, seeds, batchSize, steps, cancellation));
}
