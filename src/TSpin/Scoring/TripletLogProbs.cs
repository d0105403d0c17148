using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>
/// Log-probabilities of a batch of n triplets under one policy: float32 sums over the response's tokens, in nats, with gradient history
/// when recording is on.
/// </summary>
/// <param name="Annotated">log pi(y|x), [n].</param>
/// <param name="Synthetic">log pi(y'|x), [n], or null.</param>
/// <param name="ProtoSynthetic">log pi(y0|x), [n], or null.</param>
/// <param name="ComputedTokens">Tokens that went through the model, padding included.</param>
/// <param name="UsefulTokens">Prompt and response tokens, each response with its prompt, merged responses once.</param>
public sealed record TripletLogProbs(Tensor Annotated, Tensor? Synthetic, Tensor? ProtoSynthetic, long ComputedTokens, long UsefulTokens)
{
    /// <summary>The same and those of the other roles, token by token. Default: none, for layouts that give sums alone.</summary>
    public IReadOnlyDictionary<ResponseRole, ResponseLogProbs> Responses { get; init; } = new Dictionary<ResponseRole, ResponseLogProbs>();

    /// <summary>The prompts' own tokens from the second one on, where they were asked for; else null.</summary>
    public ResponseLogProbs? Prompts { get; init; }

    /// <summary>What is left to do between the loss's backward pass and <see cref="Models.DecoderTraining.FinishBackward(Action{IReadOnlyList{string}}?)"/>; null for nothing.</summary>
    public Action? FinishBackward { get; init; }

    /// <summary>Sums of one role.</summary>
    /// <param name="role">Which.</param>
    /// <returns>[n], or null.</returns>
    public Tensor? Of(ResponseRole role) => role switch
    {
        ResponseRole.Annotated => Annotated,
        ResponseRole.Synthetic => Synthetic,
        ResponseRole.ProtoSynthetic => ProtoSynthetic,
        _ => Responses.GetValueOrDefault(role)?.Sums,
    };
}
