namespace TSpin.Evaluation.Harness;

/// <summary>Takes out of an answer what is compared.</summary>
/// <param name="Name">In the harness' words: <c>strict-match</c>.</param>
/// <param name="Apply">From the answer to what is compared.</param>
public sealed record AnswerFilter(string Name, Func<string, string> Apply)
{
    /// <summary>The answer as it is.</summary>
    public static AnswerFilter None { get; } = new("none", answer => answer);
}
