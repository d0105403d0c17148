using System.Globalization;
using System.Text;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Logging;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.TensorBoard;

namespace TSpin.SelfPlay;

/// <summary>
/// Writes a run's TensorBoard events as it is reported on, and passes every report on. Steps are counted on over the
/// iterations. The run's own logs decide: what they have and the events lack (a kill between the two, logging turned on
/// later) is written when the stage comes up again, what they have not is taken away. A disk that takes no events stops
/// the events, not the run.
/// </summary>
/// <param name="recipe">The run's recipe.</param>
/// <param name="folder">The run; the events go into its folder.</param>
/// <param name="next">Whoever watches besides.</param>
internal sealed class RunEventLog(Recipe recipe, RunFolder folder, IProgress<RunEvent>? next) : IProgress<RunEvent>
{
    private const int Samples = 4;
    private const int MaxCharacters = 4000;
    private static readonly string[] Compared =
        ["method", "seed", "model.", "data.examples", "generation.", "objective.", "training.", "lora."];

    private readonly Dictionary<int, long> _lengths = [];
    private EventLog? _log;
    private bool _isOff;
    private int _caughtUp = -1;

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        next?.Report(value);
        Try(log => Write(log, value));
    }

    /// <summary>Closes the file.</summary>
    /// <param name="isFinished">Whether the run is at its end.</param>
    public void Close(bool isFinished)
    {
        if (isFinished)
        {
            Try(log => log.Finish());
        }

        _log?.Dispose();
        _log = null;
    }

    private void Try(Action<EventLog> write)
    {
        if (_isOff)
        {
            return;
        }

        try
        {
            write(_log ??= new EventLog(folder.Path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or TSpinException)
        {
            _isOff = true;
            next?.Report(new Noticed(-1,
                $"{folder.Path}: TensorBoard events could not be written: {error.Message} The run goes on without; when it is started again it writes what is missing."));
        }
    }

    private void Write(EventLog log, RunEvent value)
    {
        switch (value)
        {
            case TrainingStarts start:
                log.KeepUpTo(First(start.Iteration) + start.StepsDone);
                WriteSettings(log, [StepScalars.Loss]);
                CatchUp(log, start.Iteration);
                WriteResponses(log, start.Iteration);
                WriteAlarms(log);
                break;
            case Stepped { Metrics: var metrics } stepped:
                log.Scalars(First(stepped.Iteration) + metrics.Step, StepScalars.Of(metrics));
                break;
            case Evaluated evaluated:
                WriteSettings(log, [.. Scores(evaluated.Result).Select(score => score.Key)]);
                CatchUp(log, evaluated.Iteration);
                WriteScores(log, First(evaluated.Iteration + 1), evaluated.Result);
                WriteAlarms(log);
                break;
            case Noticed { IsAlarm: true }:
                WriteAlarms(log);
                break;
        }
    }

    private void WriteSettings(EventLog log, IReadOnlyList<string> metrics) => log.Settings(
        [.. RecipeDifference.Fields(RecipeWriter.Write(recipe))
            .Where(field => field.Value != "null"
                && Compared.Any(prefix => field.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(field => new HyperParameter(field.Key, ValueOf(field.Value)))],
        metrics);

    private static object ValueOf(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : text,
    };

    // Logs of iterations that an earlier start finished, or of the steps that this one keeps.
    private void CatchUp(EventLog log, int last)
    {
        for (var iteration = _caughtUp + 1; iteration <= last; iteration++)
        {
            foreach (var metrics in Logged(iteration))
            {
                if (First(iteration) + metrics.Step is var step && !log.Contains(StepScalars.Loss, step))
                {
                    log.Scalars(step, StepScalars.Of(metrics));
                }
            }

            _caughtUp = iteration;
        }
    }

    private static IEnumerable<KeyValuePair<string, double>> Scores(CheckpointEvaluation evaluation) =>
        evaluation.Results.SelectMany(result => result.Metrics
        .Select(metric => KeyValuePair.Create($"evaluation/{result.Task}/{metric.Title.Replace(' ', '_')}",
            metric.Value))
        .Concat(result.AnnotatedLogProbPerToken is { } logProb
            ? [KeyValuePair.Create($"evaluation/{result.Task}/annotated_log_prob_per_token", logProb)] : []));

    private static void WriteScores(EventLog log, long step, CheckpointEvaluation evaluation)
    {
        var scores = Scores(evaluation).ToArray();
        if (scores is [var first, ..] && !log.Contains(first.Key, step))
        {
            log.Scalars(step, scores);
        }
    }

    private void WriteResponses(EventLog log, int iteration)
    {
        var step = First(iteration);
        var notes = new List<string>();
        if (!log.Contains("responses/cut_share", step)
            && RecordedLengths.Read(folder.ResponseMetrics(iteration), notes) is
            {
                CutShare: { } cut,
                MeanTokens: { } tokens
            })
        {
            log.Scalars(step, [KeyValuePair.Create("responses/cut_share", cut),
                KeyValuePair.Create("responses/mean_tokens", tokens)]);
        }

        if (log.Contains(EventLog.TextTag("samples/0"), step))
        {
            return;
        }

        var samples = TripletSample.Choose(folder.Path, Samples, out var synthetic);
        for (var i = 0; i < samples.Count; i++)
        {
            log.Text(step, $"samples/{i}", Markdown(samples[i], synthetic));
        }
    }

    private void WriteAlarms(EventLog log)
    {
        foreach (var alarm in File.Exists(folder.Alarms)
            ? JsonLinesReader.Read<TrainingAlarm>(folder.Alarms, ignoreTornLastLine: true) : [])
        {
            var step = First(alarm.Iteration) + alarm.Step;
            if (!log.Contains(EventLog.TextTag($"alarms/{alarm.Name}"), step))
            {
                log.Text(step, $"alarms/{alarm.Name}", Quoted(alarm.Message));
            }
        }
    }

    private static string Markdown(TripletSample sample, int iteration)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"Example {sample.Index}\n\n{Quoted(sample.Prompt)}\n\n**y**, annotated\n\n{Quoted(sample.Annotated)}");
        if (sample.Synthetic is { } synthetic)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"\n\n**y′**, synthetic, iteration {iteration}\n\n{Quoted(synthetic.Text)}");
        }

        if (sample.ProtoSynthetic is { } proto)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\n**y0**, proto-synthetic\n\n{Quoted(proto.Text)}");
        }

        return text.ToString();
    }

    // As code, so that nothing in it is taken for Markdown: the fence is longer than any in the text.
    private static string Quoted(string text)
    {
        var shown = text.Length <= MaxCharacters ? text : text[..MaxCharacters] + " …";
        var (run, longest) = (0, 2);
        foreach (var letter in shown)
        {
            run = letter == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        var fence = new string('`', longest + 1);
        return $"{fence}\n{shown}\n{fence}";
    }

    /// <summary>Steps before an iteration.</summary>
    private long First(int iteration) =>
        Enumerable.Range(0, Math.Max(0, iteration))
        .Sum(before => _lengths.TryGetValue(before, out var steps) ? steps : Length(before));

    private long Length(int iteration)
    {
        var steps = Logged(iteration).Select(metrics => (long)metrics.Steps).FirstOrDefault();
        return steps == 0 ? 0 : _lengths[iteration] = steps;
    }

    private IEnumerable<StepMetrics> Logged(int iteration) =>
        File.Exists(folder.Metrics(iteration))
            ? JsonLinesReader.Read<StepMetrics>(folder.Metrics(iteration), ignoreTornLastLine: true) : [];
}
