namespace TSpin.Scoring;

/// <summary>How likely a model finds a response, given its prompt.</summary>
/// <param name="TokenLogProbs">Log-probability of every response token given all tokens before it, in nats, at temperature 1.</param>
/// <param name="IsGreedy">Whether every response token is the most likely one at its place: greedy decoding would have written it. Null where that was not asked.</param>
public sealed record ScoredResponse(float[] TokenLogProbs, bool? IsGreedy)
{
    /// <summary>Log-probability of the whole response: the sum over its tokens, in nats.</summary>
    public double LogProb { get; } = TokenLogProbs.Sum(value => (double)value);
}
