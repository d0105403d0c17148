namespace TSpin.Studies;

/// <summary>What a trial took.</summary>
/// <param name="Seconds">Time that it would have taken alone: its own, and that of what it adopted.</param>
/// <param name="AdoptedSeconds">The part of them that others had spent before.</param>
/// <param name="Steps">Optimizer steps, those of a first stage among them.</param>
/// <param name="TrainedTokens">Prompt and response tokens of all steps; merged responses once.</param>
/// <param name="GeneratedTokens">Tokens of the responses that were drawn to train on.</param>
/// <param name="EvaluatedTokens">Tokens of the answers to tasks, where these were recorded.</param>
public sealed record TrialCost(
    double Seconds, double AdoptedSeconds, int Steps, long TrainedTokens, long GeneratedTokens, long EvaluatedTokens);
