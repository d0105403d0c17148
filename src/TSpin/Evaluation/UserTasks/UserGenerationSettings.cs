namespace TSpin.Evaluation.UserTasks;

/// <summary>How answers are written.</summary>
public sealed record UserGenerationSettings
{
    /// <summary>Texts that end an answer. Default: none, the model's end alone.</summary>
    public ValueList<string> Until { get; init; } = [];

    /// <summary>Longest answer in tokens. Default: 256.</summary>
    public int MaxTokens { get; init; } = Harness.AnswerRequest.UsualTokens;

    /// <summary>At which temperature answers are drawn; 0 takes the likeliest token each. Default: 0.</summary>
    public double Temperature { get; init; }
}
