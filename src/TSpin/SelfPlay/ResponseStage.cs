using TSpin.Checkpoints;
using TSpin.Generation;
using TSpin.Prompts;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>Answers an iteration's prompts with pi_t. Stopped or killed, it goes on where it was.</summary>
internal sealed class ResponseStage(Recipe recipe, RunFolder folder, RunInputs inputs, IProgress<RunEvent>? progress)
{
    /// <summary>
    /// Answers, and once more with a longer limit where the recipe wants that of answers that were cut; counts them.
    /// </summary>
    /// <param name="create">Makes the generator of pi_t.</param>
    /// <param name="prompts">The iteration's.</param>
    /// <param name="iteration">t, from 0.</param>
    /// <param name="cancellation">Saves what continuing needs.</param>
    /// <returns>How many answers were given once more.</returns>
    public int Run(Func<SamplingOptions, IGenerator> create, IReadOnlyList<PromptTokens> prompts, int iteration,
        CancellationToken cancellation)
    {
        var isRetried = recipe.Generation.CutResponses == CutResponses.Retry;
        var first = isRetried ? folder.FirstResponses(iteration) : folder.Responses(iteration);
        Answer(create(inputs.Sampling), prompts, first, iteration, cancellation);
        var retried = 0;
        if (isRetried)
        {
            var (again, limit) = RetriedResponses.Of(
                first, prompts, recipe.Generation.MaxNewTokens, inputs.Limits.MaxSequenceTokens);
            retried = again.Count;
            if (retried > 0)
            {
                progress?.Report(new Noticed(iteration,
                    $"{retried} of {prompts.Count} responses were cut at {recipe.Generation.MaxNewTokens} tokens and "
                        + $"are answered once more, with {limit}"));
                Answer(create(inputs.Sampling with { MaxNewTokens = limit }), again, folder.LongerResponses(iteration),
                    iteration, cancellation);
            }

            RetriedResponses.Join(folder, iteration);
        }

        ResponseMetrics.Record(
            folder, iteration, recipe.Generation, retried, TaughtPrompts.Read(recipe, folder, iteration).Count, progress);
        return retried;
    }

    private void Answer(IGenerator generator, IReadOnlyList<PromptTokens> prompts, string path, int iteration,
        CancellationToken cancellation)
    {
        using var closing = generator as IDisposable;
        var watch = new Relay<GenerationProgress>(value => progress?.Report(new Generated(iteration, value)));
        ResponseGeneration.Run(
            generator, prompts, new ResponseSeeds(recipe.Seed, "generation", iteration), path,
            $"iteration {iteration}", watch,
            notice => progress?.Report(new Noticed(iteration, notice)), cancellation);
        if (generator.Notice is { } notice)
        {
            progress?.Report(new Noticed(iteration, notice));
        }
    }
}
