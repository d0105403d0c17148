namespace TSpin.Data.Audit;

/// <summary>An example of test data.</summary>
/// <param name="Prompt">The question.</param>
/// <param name="Text">Question and answer.</param>
/// <param name="File">The file, or the task's name.</param>
/// <param name="Line">The line or row, from 1.</param>
public sealed record TestText(string Prompt, string Text, string File, int Line);
