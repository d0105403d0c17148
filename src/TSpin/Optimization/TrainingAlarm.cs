namespace TSpin.Optimization;

/// <summary>One line of alarms.jsonl: a sign that training goes wrong although the loss falls.</summary>
/// <param name="Iteration">Zero-based iteration.</param>
/// <param name="Step">One-based step; 0 where it is not a step that showed it.</param>
/// <param name="Name">
/// historical-advantage-negative, current-advantage-large, saturation, end-unlikely, length-growth, answers-cut,
/// evaluation-cut, prompts-taught, none-accepted or learning-rate-zero.
/// </param>
/// <param name="Message">What was seen and what to try.</param>
public sealed record TrainingAlarm(int Iteration, int Step, string Name, string Message);
