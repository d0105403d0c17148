using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Optimization;

namespace TSpin.SelfPlay;

/// <summary>What an iteration's responses are like: the content of responses-metrics.json.</summary>
/// <param name="Answers">How many there are.</param>
/// <param name="CutShare">Share of them that ended at the length limit.</param>
/// <param name="MeanTokens">Mean length.</param>
public sealed record ResponseMetrics(int Answers, double CutShare, double MeanTokens)
{
    /// <summary>
    /// Responses that were answered once more because the first limit cut them; <see cref="CutShare"/> is of those
    /// that stayed cut.
    /// </summary>
    public int Retried { get; init; }

    /// <summary>Triplets left out because their response was cut.</summary>
    public int Dropped { get; init; }

    /// <summary>Prompts left out of the iteration because they no longer teach.</summary>
    public int Taught { get; init; }

    private const double ManyCut = 0.5;
    private const double Growth = 2;

    /// <summary>Counts a file of responses.</summary>
    /// <param name="path">responses.jsonl.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="TSpinException">The file is damaged.</exception>
    public static ResponseMetrics Of(string path)
    {
        var (answers, cut, tokens) = (0, 0, 0L);
        foreach (var line in ResponseFile.Read(path))
        {
            answers++;
            cut += line.FinishReason == FinishReason.Length ? 1 : 0;
            tokens += line.Tokens.Length;
        }

        return new ResponseMetrics(answers, answers == 0 ? 0 : (double)cut / answers, answers == 0 ? 0 : (double)tokens / answers);
    }

    /// <summary>Counts an iteration's responses, writes the figures beside them, and raises what alarms they give.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="iteration">The iteration.</param>
    /// <param name="generation">The recipe's longest answer, and what becomes of cut ones.</param>
    /// <param name="retried">How many were answered once more.</param>
    /// <param name="taught">Prompts that were left out.</param>
    /// <param name="progress">Whoever watches.</param>
    internal static void Record(RunFolder folder, int iteration, GenerationSettings generation, int retried, int taught,
        IProgress<RunEvent>? progress)
    {
        var limit = generation.MaxNewTokens;
        var counted = Of(folder.Responses(iteration));
        var cut = (int)Math.Round(counted.CutShare * counted.Answers);
        var own = counted with { Retried = retried, Taught = taught, Dropped = generation.CutResponses == CutResponses.Drop ? cut : 0 };
        JsonRecordFile.Write(folder.ResponseMetrics(iteration), own);
        if (own.CutShare > ManyCut)
        {
            Raise("answers-cut", FormattableString.Invariant(
                $"{100 * own.CutShare:F0}% of the responses were cut at generation.max_new_tokens {limit}, so most of them teach no end. Raise it in a new run, or see why the model does not end (doctor MODEL says which tokens end an answer)."));
        }

        if (iteration > 0 && Of(folder.Responses(0)) is var first && own.MeanTokens > Growth * first.MeanTokens)
        {
            Raise("length-growth", FormattableString.Invariant(
                $"the responses of iteration {iteration} have {own.MeanTokens:F0} tokens on average, those of iteration 0 {first.MeanTokens:F0}. Look at responses.jsonl; lower training.learning_rate."));
        }

        void Raise(string name, string message) => RunAlarms.Raise(folder, new TrainingAlarm(iteration, 0, name, message), progress);
    }
}
