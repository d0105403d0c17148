namespace TSpin.Optimization;

/// <summary>
/// Section <c>training.taught</c>: prompts whose triplets no longer contribute are neither generated nor trained. The paper
/// names it as future work; the rule is ours.
/// </summary>
public sealed record TaughtSettings
{
    /// <summary>
    /// The weight in the loss's slope below which a triplet no longer teaches; see <see cref="Objectives.TripletWeights"/>. Default
    /// null: all prompts are in every iteration.
    /// </summary>
    public double? Below { get; init; }

    /// <summary>After how many iterations such a prompt is generated and measured again. Default 3: it is left out of two.</summary>
    public int LookAgain { get; init; } = 3;
}
