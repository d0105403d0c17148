using TSpin.Distribution;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;

namespace TSpin.SelfPlay;

/// <summary>Answers waves in as many processes as there are. Every wave is answered by one of them, as one process alone would: who else answers changes no byte.</summary>
/// <param name="own">This process', rank 0's, generator.</param>
/// <param name="ranks">The processes; the others have made a generator of the same policy.</param>
/// <param name="shards">The parameters that they share; null where each has all.</param>
internal sealed class DividedGenerator(Generator own, RankGroup ranks, WeightShards? shards) : IGenerator
{
    /// <inheritdoc/>
    public SamplingOptions Options => own.Options;

    /// <inheritdoc/>
    public IReadOnlyList<int> EndIds => own.EndIds;

    /// <inheritdoc/>
    public string ComputedIn => own.ComputedIn;

    /// <inheritdoc/>
    public string? Notice => own.Notice;

    /// <inheritdoc/>
    public void Check(IReadOnlyList<PromptTokens> prompts) => own.Check(prompts);

    /// <inheritdoc/>
    public int BatchSizeFor(IReadOnlyList<PromptTokens> prompts) => own.BatchSizeFor(prompts);

    /// <inheritdoc/>
    public IReadOnlyList<Response> GenerateWave(
        IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps = null, CancellationToken cancellation = default) =>
        own.GenerateWave(prompts, seeds, batchSize, steps, cancellation);

    /// <inheritdoc/>
    public IEnumerable<IReadOnlyList<Response>> GenerateWaves(
        IEnumerable<PromptTokens[]> waves, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps = null, CancellationToken cancellation = default)
    {
        foreach (var round in waves.Chunk(ranks.Count))
        {
            cancellation.ThrowIfCancellationRequested();
            var answers = Round(round, seeds, batchSize, steps, cancellation);
            for (var rank = 0; rank < round.Length; rank++)
            {
                if (rank > 0)
                {
                    Report(steps, answers[rank]!);
                }

                yield return answers[rank]!;
            }
        }
    }

    private IReadOnlyList<Response[]?> Round(PromptTokens[][] round, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps, CancellationToken cancellation)
    {
        using var turn = ranks.Order(new RankOrder.Answer(round, seeds, batchSize).ToBytes());
        var answers = ranks.Gather(AnsweringPace.Answer<Response[]>(ranks, shards, () => [.. own.GenerateWave(round[0], seeds, batchSize, steps, cancellation)]));
        turn.Done();
        return RankAnswer<Response[]>.All(answers);
    }

    // Others' waves are heard of when they are whole.
    private static void Report(IProgress<WaveStep>? steps, Response[] answers)
    {
        var tokens = answers.Sum(answer => answer.Tokens.Length);
        steps?.Report(new WaveStep(tokens, answers.Length, tokens) { Whole = [.. answers.Select(answer => (answer.Tokens.Length, answer.FinishReason == FinishReason.Length))] });
    }
}
