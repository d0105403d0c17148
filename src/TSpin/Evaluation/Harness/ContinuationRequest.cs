namespace TSpin.Evaluation.Harness;

/// <summary>How likely is a continuation after a context?</summary>
/// <param name="Context">The context; may be empty.</param>
/// <param name="Continuation">What follows it.</param>
public sealed record ContinuationRequest(string Context, string Continuation);
