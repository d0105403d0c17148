namespace TSpin.Prompts;

/// <summary>Section <c>prompt</c>: from the user's words to the tokens that a response continues.</summary>
public sealed record PromptSettings
{
    /// <summary><c>paper</c>, <c>none</c>, <c>chat</c>, <c>chat:NAME</c>, a .jinja file, or any text that holds <c>{prompt}</c> once. Default <c>paper</c>.</summary>
    public string Template { get; init; } = "paper";

    /// <summary>What a system turn before the prompt says; for chat templates only. Default null, no such turn.</summary>
    public string? System { get; init; }

    /// <summary>What a chat template is told besides, as NAME=VALUE: JSON, or else text. Default nothing.</summary>
    public ValueList<string> Arguments { get; init; } = [];

    /// <summary>Longest rendered prompt, in tokens; a longer one is cut. Default 512.</summary>
    public int MaxPromptTokens { get; init; } = 512;

    /// <summary>Which end of a too long prompt is cut off. Default <see cref="TruncationSide.Left"/>.</summary>
    public TruncationSide Truncate { get; init; } = TruncationSide.Left;

    /// <summary>Longest prompt plus response in training, in tokens; a longer response is cut. Default 2048.</summary>
    public int MaxSequenceTokens { get; init; } = 2048;

    /// <summary>The same limits, no larger than a model allows.</summary>
    /// <param name="positions">The model's positions, for prompt and answer together.</param>
    /// <param name="answerTokens">Longest answer wanted; prompts are cut to leave room for it, or for half of the positions where it is longer.</param>
    /// <returns>Limits of which both fit <paramref name="positions"/>.</returns>
    public PromptSettings Within(int positions, int answerTokens) => this with
    {
        MaxPromptTokens = Math.Min(MaxPromptTokens, positions - Math.Min(answerTokens, Math.Max(1, positions / 2))),
        MaxSequenceTokens = Math.Min(MaxSequenceTokens, positions),
    };
}
