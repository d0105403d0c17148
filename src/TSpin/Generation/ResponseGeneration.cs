using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>The stage that answers all prompts of a data set into a file, wave by wave, and can be killed and run again at any moment.</summary>
public static class ResponseGeneration
{
    /// <summary>Answers every prompt that has no answer yet.</summary>
    /// <param name="generator">The model and how it is sampled.</param>
    /// <param name="prompts">All prompts of the stage, also when it is resumed.</param>
    /// <param name="seeds">Where each prompt's seed comes from.</param>
    /// <param name="path">The file of answers, <c>responses.jsonl</c>; see <see cref="ResponseFile"/>.</param>
    /// <param name="model">What names the model's weights (a hash, or an iteration of the run): answers of another model are not continued.</param>
    /// <param name="progress">Told how far it is, a few times a second. Default: nobody.</param>
    /// <param name="notice">Told in a sentence when a continued file goes on with another batch size. Default: nobody.</param>
    /// <param name="cancellation">Looked at before every token; the file can then be continued, without its unfinished wave.</param>
    /// <returns>The answers in the order of <paramref name="prompts"/>, those of earlier runs included.</returns>
    /// <exception cref="TSpinException">
    /// A prompt cannot be answered, the file was made with other settings or can't be written, or the model's logits hold a NaN.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<Response> Run(
        IGenerator generator,
        IReadOnlyList<PromptTokens> prompts,
        ResponseSeeds seeds,
        string path,
        string model,
        IProgress<GenerationProgress>? progress = null,
        Action<string>? notice = null,
        CancellationToken cancellation = default)
    {
        generator.Check(prompts);
        // A continued file keeps the batch size it was begun with: what fits in memory may have changed since.
        var (begunWith, earlier) = ResponseFile.BatchSizesOf(path);
        var batchSize = generator.Options.BatchSize ?? begunWith ?? generator.BatchSizeFor(prompts);
        if (begunWith is { } size && size != batchSize)
        {
            var rest = ResponseFile.Rebatch(path, ResponseSettings.Of(generator, model, seeds, prompts, size, earlier), prompts, seeds, batchSize);
            (batchSize, earlier) = rest is null ? (size, earlier) : (batchSize, rest);
            if (rest is not null)
            {
                notice?.Invoke($"{path}: goes on with {batchSize} answers at once instead of {size}; from here on the last bits, and where they decide a token the answers, may be others than in an undisturbed file");
            }
        }

        var waves = WavePlan.Of(prompts, batchSize, earlier);
        using var file = ResponseFile.Open(path, ResponseSettings.Of(generator, model, seeds, prompts, batchSize, earlier), waves, seeds);

        var answers = file.Finished.ToDictionary(response => response.Index);
        var meter = progress is null ? null : new ProgressMeter(progress, waves, file.FinishedWaves, file.Finished, batchSize, generator.Options.MaxNewTokens);
        PromptTokens[][] left = [.. waves.Skip(file.FinishedWaves)];
        foreach (var (wave, responses) in left.Zip(generator.GenerateWaves(left, seeds, batchSize, meter, cancellation)))
        {
            file.Append(wave, responses);
            foreach (var response in responses)
            {
                answers.Add(response.Index, response);
            }

            meter?.WaveDone();
        }

        return [.. prompts.Select(prompt => answers[prompt.Index])];
    }
}
