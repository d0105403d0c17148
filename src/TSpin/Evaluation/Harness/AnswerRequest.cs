namespace TSpin.Evaluation.Harness;

/// <summary>What does the model write after a context?</summary>
/// <param name="Context">The context.</param>
/// <param name="Until">Texts that end the answer; the model's end does too.</param>
/// <param name="MaxTokens">Longest answer; null: <see cref="UsualTokens"/>, as the harness has it.</param>
public sealed record AnswerRequest(string Context, IReadOnlyList<string> Until, int? MaxTokens)
{
    /// <summary>Longest answer where a task does not say.</summary>
    public const int UsualTokens = 256;

    /// <summary>Divides the logits before a token is drawn; 0 takes the likeliest. Default: 0, as the harness has it.</summary>
    public double Temperature { get; init; }
}
