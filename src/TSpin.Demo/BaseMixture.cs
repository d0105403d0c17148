namespace TSpin.Demo;

/// <summary>
/// What the base model's pretraining corpus is made of: as noisy as a web crawl, so that the model learns far more arithmetic than
/// its usual answers show. The weights of the styles need not sum to one.
/// </summary>
public sealed record BaseMixture
{
    /// <summary>Share of documents that are plain arithmetic, all of it right. Default 0.15.</summary>
    public double DrillShare { get; init; } = 0.15;

    /// <summary>Weight of <see cref="AnswerStyle.Worked"/>. Default 0.3.</summary>
    public double WorkedWeight { get; init; } = 0.3;

    /// <summary>Weight of <see cref="AnswerStyle.InOneGo"/>. Default 0.25.</summary>
    public double InOneGoWeight { get; init; } = 0.25;

    /// <summary>Weight of <see cref="AnswerStyle.Recap"/>. Default 0.15.</summary>
    public double RecapWeight { get; init; } = 0.15;

    /// <summary>Weight of <see cref="AnswerStyle.Bare"/>. Default 0.1.</summary>
    public double BareWeight { get; init; } = 0.1;

    /// <summary>Weight of <see cref="AnswerStyle.Sentence"/>. Default 0.1.</summary>
    public double SentenceWeight { get; init; } = 0.1;

    /// <summary>Weight of <see cref="AnswerStyle.Chatter"/>. Default 0.1.</summary>
    public double ChatterWeight { get; init; } = 0.1;

    /// <summary>Share of worked solutions with a slip in one step, which the steps after it carry on. Default 0.35.</summary>
    public double WorkedSlipShare { get; init; } = 0.35;

    /// <summary>Share of right answers among those given in one go. Default 0.4.</summary>
    public double InOneGoRightShare { get; init; } = 0.4;

    /// <summary>Share of right answers among the styles that answer at once. Default 0.25.</summary>
    public double GuessRightShare { get; init; } = 0.25;

    /// <summary>Whether the corpus holds the templates that annotations never show, as it holds the others. Default true.</summary>
    public bool HeldOutTemplates { get; init; } = true;

    /// <summary>The weight of each style, in the order of <see cref="AnswerStyle"/>.</summary>
    /// <returns>One weight per style.</returns>
    public IReadOnlyList<double> StyleWeights() =>
        [WorkedWeight, InOneGoWeight, RecapWeight, BareWeight, SentenceWeight, ChatterWeight];
}
