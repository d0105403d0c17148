using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>What every generator can do because it can answer a wave.</summary>
public static class GeneratorAnswers
{
    /// <summary>Answers all prompts, lazily: each wave is computed when its first answer is asked for.</summary>
    /// <param name="generator">Who answers.</param>
    /// <param name="prompts">Prompts with different indices.</param>
    /// <param name="seeds">Where each prompt's seed comes from.</param>
    /// <param name="progress">Told how far it is, a few times a second. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>The answers in the order of <see cref="WavePlan"/>, not of the list.</returns>
    /// <exception cref="TSpinException">A prompt cannot be answered (see <see cref="IGenerator.Check"/>), or the answers cannot be made.</exception>
    public static IEnumerable<Response> AnswerAll(
        this IGenerator generator, IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        generator.Check(prompts);
        var batchSize = generator.Options.BatchSize ?? generator.BatchSizeFor(prompts);
        var waves = WavePlan.Of(prompts, batchSize);
        var meter = progress is null ? null : new ProgressMeter(progress, waves, 0, [], batchSize, generator.Options.MaxNewTokens);
        return generator.GenerateWaves(waves, seeds, batchSize, meter, cancellation).SelectMany(responses =>
        {
            meter?.WaveDone();
            return responses;
        });
    }
}
