namespace TSpin.Evaluation.Harness;

/// <summary>How far an evaluation is.</summary>
/// <param name="Task">The task that is asked.</param>
/// <param name="Done">Questions answered, of all tasks.</param>
/// <param name="Total">Questions of all tasks.</param>
/// <param name="QuestionsPerSecond">Their rate; 0 before the first.</param>
/// <param name="SecondsLeft">An estimate from the characters that are still to be read; null before there is one.</param>
public sealed record HarnessProgress(string Task, int Done, int Total, double QuestionsPerSecond, double? SecondsLeft);
