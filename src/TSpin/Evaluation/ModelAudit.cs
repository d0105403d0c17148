using System.Globalization;
using TSpin.Data;
using TSpin.Data.Audit;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Scoring;

namespace TSpin.Evaluation;

/// <summary>
/// What a model shows of annotated examples before it is trained on them: answers that it gives already (its greedy answer has the
/// same result, or is the same text up to letter case and white space), and answers that it finds far less likely than the
/// others (nats per token five robust standard deviations, and one nat, above the median).
/// </summary>
public static class ModelAudit
{
    private const double Deviations = 5;
    private const double LeastSpread = 0.2;
    private const int Beyond = 16;
    private const int LongestAnswer = 512;

    /// <summary>Audits examples.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="encoder">The way from words to its tokens.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="progress">Told of the answers. Default: nobody.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The findings.</returns>
    /// <exception cref="TSpinException">An example cannot be encoded for the model.</exception>
    public static IReadOnlyList<DataFinding> Of(
        Decoder decoder, PromptEncoder encoder, IReadOnlyList<AnnotatedExample> examples, IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        int[][] responses = [.. encoder.Responses(examples.Select(example => (example.Asked, example.Response)))
            .Select(ids => encoder.EndId is { } end ? (int[])[.. ids, end] : ids)];
        var longest = Math.Min(Math.Min(LongestAnswer, decoder.Config.LongestSequence / 2), responses.Max(ids => ids.Length) + Beyond);
        var limits = new PromptSettings().Within(decoder.Config.LongestSequence, longest);
        var prompts = TripletBuilder.Truncate(encoder.Prompts([.. examples.Select(example => example.Asked)]), limits, encoder.BeginId);
        return [.. Surprising(decoder, examples, prompts, responses, progress, cancellation), .. Known(decoder, encoder, examples, prompts, longest, progress, cancellation)];
    }

    private static IEnumerable<DataFinding> Surprising(
        Decoder decoder, IReadOnlyList<AnnotatedExample> examples, PromptTokens[] prompts, int[][] responses,
        IProgress<GenerationProgress>? progress, CancellationToken cancellation)
    {
        if (examples.Count < DataAudit.FewestForStatistics)
        {
            return [];
        }

        (int[] Prompt, int[] Response)[] sequences =
        [
            .. prompts.Select((prompt, i) => (prompt.Ids, responses[i][..Math.Min(responses[i].Length, Math.Max(1, decoder.Config.LongestSequence - prompt.Ids.Length))])),
        ];
        var scores = new ResponseScorer(decoder).Score(
            sequences, 0, EvaluatedModel.Meter(sequences, progress, "annotated answers scored"), cancellation);
        double[] losses = [.. scores.Select(score => -score.LogProb / Math.Max(1, score.TokenLogProbs.Length))];
        var scale = RobustScale.Of(losses);
        return losses.Select((loss, i) => (loss, i)).Where(one => scale.Of(one.loss, LeastSpread) >= Deviations).Select(one => DataFinding.Of(
            FindingKind.Surprising, FindingSeverity.Note, examples[one.i], string.Create(
                CultureInfo.InvariantCulture, $"the answer costs the model {one.loss:F2} nats a token, the median one {scale.Median:F2}")));
    }

    private static IEnumerable<DataFinding> Known(
        Decoder decoder, PromptEncoder encoder, IReadOnlyList<AnnotatedExample> examples, PromptTokens[] prompts, int longest,
        IProgress<GenerationProgress>? progress, CancellationToken cancellation)
    {
        var generator = new Generator(decoder, encoder.Tokenizer, new SamplingOptions { MaxNewTokens = longest, Temperature = 0 }, encoder.EndIds);
        var answers = generator.AnswerAll(prompts, new ResponseSeeds(0, "audit"), progress, cancellation).ToDictionary(answer => answer.Index, answer => answer.Text);
        for (var i = 0; i < examples.Count; i++)
        {
            var (own, wanted) = (AuditedRow.Of(examples[i] with { Response = answers[i] }), AuditedRow.Of(examples[i]));
            var reason = own.HasAnswerOf(wanted) ? "the model answers so already, word by word"
                : own.Result is { } result && result == wanted.Result ? $"the model's own answer has the same result already: \"{result}\"" : null;
            if (reason is not null)
            {
                yield return DataFinding.Of(FindingKind.KnownAnswer, FindingSeverity.Note, examples[i], reason);
            }
        }
    }
}
