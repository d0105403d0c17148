using TSpin.Evaluation.Harness;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Scoring;

namespace TSpin.Evaluation;

/// <summary>
/// How far a model is from the one that its run began with: the mean of log pi_t(token) - log pi_0(token) over the
/// tokens of answers that pi_t draws at temperature 1, ends included. It estimates the divergence KL(pi_t to pi_0) per
/// token; 0 for the same model.
/// </summary>
/// <param name="NatsPerToken">The estimate: the sum over all answers by the sum of their tokens.</param>
/// <param name="StandardError">Of that ratio; null for a single answer.</param>
/// <param name="Answers">How many answers were drawn.</param>
/// <param name="MeanTokens">Their mean length.</param>
/// <param name="CutShare">Share of them that was cut at the limit.</param>
/// <param name="RepeatedShare">Mean share of 4-grams that an answer had written before.</param>
public sealed record ModelDistance(double NatsPerToken, double? StandardError, int Answers, double MeanTokens, double CutShare, double RepeatedShare)
{
    private const string Purpose = "distance";

    /// <summary>Measures it.</summary>
    /// <param name="model">pi_t.</param>
    /// <param name="initial">Loads pi_0; disposed here.</param>
    /// <param name="prompts">What is answered; at least one.</param>
    /// <param name="options">Longest answer, and answers at once; at temperature 1, or it is another distance.</param>
    /// <param name="progress">Told how far answering and scoring have come.</param>
    /// <param name="cancellation">Looked at before every token and batch.</param>
    /// <returns>The distance.</returns>
    public static ModelDistance Measure(
        EvaluatedModel model, Func<Decoder> initial, IReadOnlyList<PromptTokens> prompts, SamplingOptions options,
        IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var answers = model.Answer(prompts, options, Purpose, progress: progress, cancellation: cancellation);
        var byIndex = prompts.ToDictionary(prompt => prompt.Index, prompt => prompt.Ids);
        (int[] Prompt, int[] Response)[] sequences = [.. answers.Select(answer => (byIndex[answer.Index], answer.Tokens))];
        var own = model.Score(sequences, progress, cancellation: cancellation);
        using var first = initial();
        var before = new ResponseScorer(first).Score(
            sequences, 0, EvaluatedModel.Meter(sequences, progress, "answers scored by the starting model"), cancellation);
        double[] ratios = [.. own.Zip(before, (now, then) => now.LogProb - then.LogProb)];
        return Of(ratios, answers);
    }

    private static ModelDistance Of(double[] ratios, IReadOnlyList<Response> answers)
    {
        double tokens = answers.Sum(answer => (long)answer.Tokens.Length);
        var mean = ratios.Sum() / tokens;
        double rows = ratios.Length;
        // A ratio of two sums: its error is that of the residuals.
        var residuals = ratios.Zip(answers, (ratio, answer) => Math.Pow(ratio - (mean * answer.Tokens.Length), 2)).Sum();
        return new ModelDistance(
            mean, rows < 2 ? null : Math.Sqrt(residuals * rows / (rows - 1)) / tokens, ratios.Length, tokens / rows,
            answers.Average(answer => answer.FinishReason == FinishReason.Length ? 1.0 : 0), answers.Average(answer => AnswerFigures.Repeated(answer.Tokens)));
    }
}
