using TSpin.Evaluation;

namespace TSpin.Studies;

/// <summary>What the answers to one task look like.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Statistics">Length, share that ended by itself, and repeated 4-grams where they are known.</param>
public sealed record TrialAnswers(string Task, AnswerStatistics Statistics);
