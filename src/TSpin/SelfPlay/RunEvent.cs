using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Hub;
using TSpin.Optimization;

namespace TSpin.SelfPlay;

/// <summary>Something a person watching a run wants to see. The run does not depend on anyone looking.</summary>
/// <param name="Iteration">Zero-based iteration; -1 before the first.</param>
public abstract record RunEvent(int Iteration);

/// <summary>A stage begins.</summary>
/// <param name="Iteration">Zero-based iteration; -1 before the first.</param>
/// <param name="Stage">What is done, in words.</param>
/// <param name="AlreadyDone">True when an earlier start of the run finished it.</param>
public sealed record StageStarted(int Iteration, string Stage, bool AlreadyDone) : RunEvent(Iteration);

/// <summary>A download moved on.</summary>
/// <param name="Progress">How far it is.</param>
public sealed record Downloaded(HubProgress Progress) : RunEvent(-1);

/// <summary>Generation moved on.</summary>
/// <param name="Iteration">Zero-based iteration; -1 before the first.</param>
/// <param name="Progress">How far it is.</param>
public sealed record Generated(int Iteration, GenerationProgress Progress) : RunEvent(Iteration);

/// <summary>An optimizer step was done.</summary>
/// <param name="Iteration">Zero-based iteration.</param>
/// <param name="Metrics">Its figures.</param>
public sealed record Stepped(int Iteration, StepMetrics Metrics) : RunEvent(Iteration);

/// <summary>An evaluation was finished.</summary>
/// <param name="Iteration">Zero-based iteration; -1 for the starting model.</param>
/// <param name="Result">The scores.</param>
public sealed record Evaluated(int Iteration, CheckpointEvaluation Result) : RunEvent(Iteration);

/// <summary>Something worth a line: counts of truncated prompts, an alarm, a choice made.</summary>
/// <param name="Iteration">Zero-based iteration; -1 before the first.</param>
/// <param name="Text">The line.</param>
/// <param name="IsAlarm">True for a warning.</param>
public sealed record Noticed(int Iteration, string Text, bool IsAlarm = false) : RunEvent(Iteration);
