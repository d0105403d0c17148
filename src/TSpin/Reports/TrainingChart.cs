namespace TSpin.Reports;

/// <summary>A chart of what training measured over its steps: the same in the report and on the live page.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="YTitle">Title of the vertical axis, with the unit.</param>
/// <param name="IncludesZero">Whether the vertical axis reaches to 0.</param>
/// <param name="Lines">Its lines; those without a value are left out.</param>
public sealed record TrainingChart(string Title, string YTitle, bool IncludesZero, IReadOnlyList<TrainingLine> Lines)
{
    private const int Annotated = 0;
    private const int Synthetic = 1;
    private const int ProtoSynthetic = 2;
    private const int Colours = 8;

    /// <summary>Rewards and log-likelihoods of the responses.</summary>
    public static IReadOnlyList<TrainingChart> Likelihoods { get; } =
    [
        new("Reward", "reward, nats", false,
        [
            new("reward_annotated", "y", Annotated, step => step.RewardAnnotated),
            new("reward_synthetic", "y′", Synthetic, step => step.RewardSynthetic),
        ]),
        new("Log-likelihood of whole responses", "log-probability, nats per response", false,
        [
            new("log_prob_annotated", "y", Annotated, step => step.LogProbAnnotated),
            new("log_prob_synthetic", "y′", Synthetic, step => step.LogProbSynthetic),
            new("log_prob_proto_synthetic", "y0", ProtoSynthetic, step => step.LogProbProtoSynthetic),
        ]),
        new("Log-likelihood per token", "log-probability, nats per token", false,
        [
            new("log_prob_per_token_annotated", "y", Annotated, step => step.LogProbPerTokenAnnotated),
            new("log_prob_per_token_synthetic", "y′", Synthetic, step => step.LogProbPerTokenSynthetic),
            new("log_prob_per_token_proto_synthetic", "y0", ProtoSynthetic, step => step.LogProbPerTokenProtoSynthetic),
        ]),
    ];

    /// <summary>Advantages, loss, gradients, lengths, speed.</summary>
    public static IReadOnlyList<TrainingChart> Curves { get; } =
    [
        new("Current and historical advantage", "advantage, nats", true,
        [
            new("current_advantage", "u = log π(y) − log π(y′)", 3, step => step.CurrentAdvantage),
            new("historical_advantage", "v = log π(y′) − log π(y0)", 4, step => step.HistoricalAdvantage),
        ]),
        new("Loss and its terms", "loss, nats", true,
        [
            new("loss", "loss", 6, step => step.Loss),
            new("current_term", "current term", 3, step => step.CurrentTerm),
            new("historical_term", "historical term", 4, step => step.HistoricalTerm),
        ]),
        new("Saturated and misaligned triplets", "share of triplets, %", true,
        [
            new("saturated_share", "saturated", 3, step => 100 * step.SaturatedShare),
            new("misaligned_share", "misaligned", 1, step => 100 * step.MisalignedShare),
        ]),
        new("Response lengths", "mean length, tokens", true,
        [
            new("tokens_annotated", "y", Annotated, step => step.TokensAnnotated),
            new("tokens_synthetic", "y′", Synthetic, step => step.TokensSynthetic),
            new("tokens_proto_synthetic", "y0", ProtoSynthetic, step => step.TokensProtoSynthetic),
        ]),
        new("Ends of responses", "log-probability of the end token, nats", false,
        [
            new("end_log_prob_annotated", "y", Annotated, step => step.EndLogProbAnnotated),
            new("end_log_prob_synthetic", "y′ that ended", Synthetic, step => step.EndLogProbSynthetic),
        ]),
        new("Gradient norm", "norm before clipping", true, [new("gradient_norm", "gradient norm", 6, step => step.GradientNorm)]),
        new("Learning rate", "learning rate", true, [new("learning_rate", "learning rate", 6, step => step.LearningRate)]),
        new("Speed", "tokens per second", true, [new("tokens_per_second", "speed", 6, step => step.TokensPerSecond)]),
    ];

    /// <summary>The numbers that a method has of its own, each in a chart: their units differ.</summary>
    /// <param name="names">Their names in <see cref="RecordedStep.Terms"/>.</param>
    /// <returns>One for each name, in their order.</returns>
    public static IReadOnlyList<TrainingChart> OfTerms(IEnumerable<string> names) => [.. names.Select((name, index) =>
        new TrainingChart($"The method's own: {name.Replace('_', ' ')}", "mean over the step's triplets", false,
            [new($"terms/{name}", name.Replace('_', ' '), index % Colours, step => step.Term(name))]))];

    /// <summary>The names of a method's own numbers.</summary>
    /// <param name="steps">The steps.</param>
    /// <returns>In the order in which they first come, at most <see cref="RecordedStep.MostTerms"/>.</returns>
    public static IReadOnlyList<string> TermsOf(IEnumerable<RecordedStep> steps) =>
        [.. steps.SelectMany(step => step.Terms).Select(term => term.Key).Distinct(StringComparer.Ordinal)
            .Take(RecordedStep.MostTerms)];
}
