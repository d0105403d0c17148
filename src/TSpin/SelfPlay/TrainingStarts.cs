namespace TSpin.SelfPlay;

/// <summary>An iteration's training begins, or goes on: steps that were done after the last saved one are done
/// again.</summary>
/// <param name="Iteration">Zero-based iteration.</param>
/// <param name="StepsDone">Steps that stay.</param>
public sealed record TrainingStarts(int Iteration, int StepsDone) : RunEvent(Iteration);
