namespace TSpin.Optimization;

/// <summary>One line of triplets-metrics.jsonl: one triplet as the policy saw it when it was trained on, before the step. In nats.</summary>
/// <param name="Step">One-based step within the iteration.</param>
/// <param name="Index">Index of the annotated example.</param>
/// <param name="LogProbAnnotated">log pi(y|x).</param>
/// <param name="LogProbSynthetic">log pi(y'|x), or null.</param>
/// <param name="LogProbProtoSynthetic">log pi(y0|x), or null.</param>
/// <param name="RewardGap">c(x, y) - c(x, y'), or null.</param>
/// <param name="LikelihoodGap">log pi(y|x) - log pi(y'|x), or null.</param>
public sealed record TripletMetrics(
    int Step, int Index, double LogProbAnnotated, double? LogProbSynthetic, double? LogProbProtoSynthetic, double? RewardGap, double? LikelihoodGap);
