using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>Lets the policy answer a step's prompts as it is at that step, for objectives that train on such answers.</summary>
/// <param name="policy">The model in training.</param>
/// <param name="inputs">Tokenizer and ends.</param>
/// <param name="settings">Length and temperature.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="iteration">The round of self-play.</param>
internal sealed class StepContinuations(Decoder policy, RunInputs inputs, ContinuationSettings settings, ulong seed, int iteration)
{
    private readonly Generator _generator = new(
        policy, inputs.Tokenizer, new SamplingOptions { MaxNewTokens = settings.MaxNewTokens, Temperature = settings.Temperature }, inputs.Encoder.EndIds);

    /// <summary>Answers the prompts of a step.</summary>
    /// <param name="triplets">The step's.</param>
    /// <param name="step">Its number in the iteration, from 1: part of the seeds, so that a resumed run answers as an undisturbed one.</param>
    /// <returns>The same with <see cref="Triplet.Continuation"/>.</returns>
    public IReadOnlyList<Triplet> Make(IReadOnlyList<Triplet> triplets, int step)
    {
        using var off = GradMode.Off();
        // An example may stand in a step twice; its answer is the same.
        PromptTokens[] prompts = [.. triplets.DistinctBy(triplet => triplet.Index).Select(triplet => new PromptTokens(triplet.Index, triplet.Prompt))];
        var answers = _generator.AnswerAll(prompts, new ResponseSeeds(seed, $"continuation {step}", iteration)).ToDictionary(answer => answer.Index, answer => answer.Tokens);
        return [.. triplets.Select(triplet => triplet with { Continuation = answers[triplet.Index] })];
    }
}
