namespace TSpin.Evaluation;

/// <summary>
/// Section <c>rejection</c>: rejection sampling (also rejection-sampling fine-tuning, RFT, arXiv 2308.01825). Before the first
/// iteration the starting model answers prompts several times; answers that a check accepts become annotated ones.
/// </summary>
public sealed record RejectionSettings
{
    /// <summary>Answers drawn to each prompt. Default 0: no such stage.</summary>
    public int Draws { get; init; }

    /// <summary>How answers are checked. Default <see cref="AnswerCheck.FinalNumber"/>.</summary>
    public AnswerCheck Accept { get; init; }

    /// <summary>Different accepted answers that are kept of a prompt: the first ones in the order of draws. Default 1.</summary>
    public int Keep { get; init; } = 1;

    /// <summary>Whether the prompts of the annotated examples are answered too, besides <c>data.prompts</c>. Default false.</summary>
    public bool Annotated { get; init; }

    /// <summary>The judge's command for <c>sh</c>, for <see cref="AnswerCheck.Judge"/>. Default null.</summary>
    public string? Judge { get; init; }

    /// <summary>The least score of the judge's that accepts. Default 1.</summary>
    public double AtLeast { get; init; } = 1;

    /// <summary>How long the judge may take for all answers, in seconds. Default 600.</summary>
    public double JudgeTimeoutSeconds { get; init; } = 600;

    /// <summary>Whether there is such a stage.</summary>
    public bool IsOn => Draws > 0;
}
