namespace Extending;

/// <summary>What the sample's server answers.</summary>
/// <param name="Tokens">Generated ids.</param>
/// <param name="LogProbs">Log-probability of each under the model itself, nats.</param>
/// <param name="Ended">Whether an end id was generated; else the answer was cut.</param>
/// <param name="Text">The tokens as text.</param>
public sealed record WireAnswer(int[] Tokens, float[] LogProbs, bool Ended, string Text);
