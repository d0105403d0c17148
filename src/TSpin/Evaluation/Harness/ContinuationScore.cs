namespace TSpin.Evaluation.Harness;

/// <summary>How likely the model finds a continuation.</summary>
/// <param name="LogProb">The sum over its tokens, in nats.</param>
/// <param name="IsGreedy">Whether each of them is the likeliest at its place.</param>
public readonly record struct ContinuationScore(double LogProb, bool IsGreedy);
