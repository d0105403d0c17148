using System.Diagnostics;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Tuning;

/// <summary>
/// How fast this machine is with the model: measured for a moment before anything is planned, then corrected by what
/// finished trials took against what was predicted of them.
/// </summary>
/// <param name="TrainedPerSecond">Tokens forward and backward.</param>
/// <param name="GeneratedPerSecond">Tokens generated.</param>
/// <param name="MeanAnswerTokens">Mean length of the base's answers; a guess until the base is measured.</param>
public sealed record TunePace(double TrainedPerSecond, double GeneratedPerSecond, double MeanAnswerTokens)
{
    private const int Probes = 8;
    private const int ProbeTokens = 16;

    // Backward takes about twice what forward takes.
    private const double ForwardAndBackward = 3;

    // Reading and writing weights, starting a run.
    private const double SecondsOfARun = 0.3;
    private const double BytesPerSecond = 2e8;

    // Of one trial among many programs not more is believed.
    private const double MostWrong = 10;

    private readonly Dictionary<TuneKind, double> _ratios = [];

    /// <summary>Parameters of the model.</summary>
    public long Parameters { get; init; }

    /// <summary>Measures.</summary>
    /// <param name="recipe">Model and examples.</param>
    /// <param name="facts">What is guessed from.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The pace.</returns>
    public static TunePace Measure(Recipe recipe, TuneFacts facts, CancellationToken cancellation)
    {
        var inputs = new RunInputs(recipe, new RunFolder(recipe.Output.Directory), progress: null);
        var (_, training, _) = inputs.ReadAnnotated();
        using var decoder = BaseEvaluation.Load(recipe, inputs);
        var model = new EvaluatedModel(decoder, inputs.Encoder, inputs.Limits, recipe.Seed);
        var prepared = PreparedExamples.Of(
            inputs.Encoder, inputs.Limits,
                [.. training.Take(Probes).Select(example => (example.Asked, example.Response, (string?)null))]);
        var clock = new Stopwatch();
        // The first time is that of reading and compiling.
        for (var round = 0; round < 2; round++)
        {
            clock.Restart();
            model.ScoreAnnotated(prepared, cancellation: cancellation);
        }

        var read = prepared.Prompts.Sum(prompt => prompt.Ids.Length) + prepared.Annotated.Sum(ids => ids.Length);
        var trained = read / ForwardAndBackward / Math.Max(1e-6, clock.Elapsed.TotalSeconds);
        var options = new SamplingOptions { MaxNewTokens = Math.Min(ProbeTokens, facts.MaxNewTokens), Temperature = 1 };
        model.Answer([.. prepared.Prompts.Take(1)], options with { MaxNewTokens = 1 }, "tune-pace", null, cancellation);
        clock.Restart();
        var answers = model.Answer(prepared.Prompts, options, "tune-pace", null, cancellation);
        var generated = answers
            .Sum(answer => Math.Max(1, answer.Tokens.Length)) / Math.Max(1e-6, clock.Elapsed.TotalSeconds);
        return new TunePace(trained, generated,
            Math.Min(facts.MaxNewTokens, 1.5 * facts.MeanAnswerTokens))
        { Parameters = decoder.Config.ParameterCount };
    }

    /// <summary>Seconds of some work, corrected by what was seen of its kind, or of the kinds before it.</summary>
    /// <param name="work">The work.</param>
    /// <param name="kind">Whose it is.</param>
    /// <param name="runs">Runs that it is divided into.</param>
    /// <returns>Seconds.</returns>
    public double Seconds(TuneWork work, TuneKind kind, int runs) => RatioOf(kind) * Plain(work, kind, runs);

    /// <summary>Learns from what a finished trial took.</summary>
    /// <param name="work">Its work.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="runs">Its runs.</param>
    /// <param name="seconds">What it took.</param>
    public void Learn(TuneWork work, TuneKind kind, int runs, double seconds) =>
        _ratios[kind] = Math.Clamp(seconds / Plain(work, kind, runs), 1 / MostWrong, MostWrong);

    /// <summary>The same with another mean length of answers.</summary>
    /// <param name="tokens">The length.</param>
    /// <returns>The pace, with what it has learned.</returns>
    public TunePace WithAnswers(double tokens) => this with { MeanAnswerTokens = Math.Max(1, tokens) };

    private double RatioOf(TuneKind kind) => (kind switch
    {
        TuneKind.Base => [TuneKind.Base],
        TuneKind.Prompted => [TuneKind.Prompted, TuneKind.Base],
        TuneKind.Sft => [TuneKind.Sft],
        TuneKind.TSpin => [TuneKind.TSpin, TuneKind.SftThenTSpin, TuneKind.Sft],
        _ => (TuneKind[])[TuneKind.SftThenTSpin, TuneKind.TSpin, TuneKind.Sft],
    }).Select(known => _ratios.TryGetValue(known, out var ratio) ? ratio : (double?)null)
        .FirstOrDefault(ratio => ratio is not null) ?? 1;

    private double Plain(TuneWork work, TuneKind kind, int runs) =>
        (work.Trained / TrainedPerSecond) + (work.Generated / GeneratedPerSecond)
        + (runs * (SecondsOfARun + ((kind >= TuneKind.Sft ? 8.0 : 4.0) * Parameters / BytesPerSecond)));
}
