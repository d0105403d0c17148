using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.Logging;
using TSpin.Evaluation;
using TSpin.Optimization;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// What a host can watch a run by, whoever listens: the meter and the activity source <c>TSpin</c> (names by
/// OpenTelemetry's conventions) and a logger. Where nobody listens it costs nothing worth measuring. Every report is
/// passed on.
/// </summary>
internal sealed partial class RunTelemetry : IProgress<RunEvent>
{
    private static readonly string? Version =
        typeof(RunTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
    private static readonly Meter Meter = new(Telemetry.Name, Version);
    private static readonly ActivitySource Source = new(Telemetry.Name, Version);

    private static readonly Counter<long> Steps =
        Meter.CreateCounter<long>("tspin.training.steps", "{step}", "Optimizer steps done.");
    private static readonly Histogram<double> StepDuration =
        Meter.CreateHistogram<double>("tspin.training.step.duration", "s", "Time that an optimizer step took.");
    private static readonly Counter<long> Tokens =
        Meter.CreateCounter<long>("tspin.training.tokens", "{token}", "Prompt and response tokens trained on.");
    private static readonly Gauge<double> Loss =
        Meter.CreateGauge<double>("tspin.training.loss", "{nat}", "Loss of the last step.");
    private static readonly Gauge<double> CurrentAdvantage =
        Meter.CreateGauge<double>("tspin.training.current_advantage", "{nat}", "u of the last step.");
    private static readonly Gauge<double> HistoricalAdvantage =
        Meter.CreateGauge<double>("tspin.training.historical_advantage", "{nat}", "v of the last step.");
    private static readonly Gauge<double> GradientNorm =
        Meter.CreateGauge<double>("tspin.training.gradient_norm", "1",
        "Gradient norm of the last step, before clipping.");
    private static readonly Gauge<double> LearningRate =
        Meter.CreateGauge<double>("tspin.training.learning_rate", "1", "Learning rate of the last step.");
    private static readonly Gauge<long> Memory =
        Meter.CreateGauge<long>("tspin.process.memory.peak", "By", "Largest resident memory of the process so far.");
    private static readonly Counter<long> Generated =
        Meter.CreateCounter<long>("tspin.generation.tokens", "{token}",
        "Tokens generated, for training and for evaluation.");
    private static readonly Gauge<double> GenerationSpeed =
        Meter.CreateGauge<double>("tspin.generation.speed", "{token}/s", "Tokens generated in a second.");
    private static readonly Gauge<double> Score =
        Meter.CreateGauge<double>("tspin.evaluation.score", "1", "A score of the last checkpoint, in [0, 1].");
    private static readonly Counter<long> Alarms =
        Meter.CreateCounter<long>("tspin.alarms", "{alarm}", "Signs of collapse raised.");

    private readonly IProgress<RunEvent>? _next;
    private readonly ILogger? _logger;
    private readonly KeyValuePair<string, object?>[] _run;
    private readonly string _name;
    private Activity? _activity;
    private Activity? _stage;
    private long _generated;

    /// <summary>Describes who listens.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="name">What the run is called.</param>
    /// <param name="logger">Receives messages; may be null.</param>
    /// <param name="next">Whoever watches besides.</param>
    public RunTelemetry(Recipe recipe, string name, ILogger? logger, IProgress<RunEvent>? next)
    {
        (_name, _logger, _next) = (name, logger, next);
        _run = [new("tspin.run.name", name), new("tspin.method", recipe.Method.Name)];
    }

    /// <summary>Begins the run's activity.</summary>
    public void Begin() =>
        _activity = Source.StartActivity("tspin.run", ActivityKind.Internal, Activity.Current?.Context ?? default,
        _run);

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        _next?.Report(value);
        switch (value)
        {
            case StageStarted stage:
                Begin(stage);
                break;
            case SelfPlay.Generated { Progress: { IsScoring: false } progress }:
                // Another set of prompts in the same stage begins at 0 again.
                Generated.Add(progress.Tokens - (progress.Tokens < _generated ? 0 : _generated), Tags(value));
                _generated = progress.Tokens;
                GenerationSpeed.Record(progress.TokensPerSecond, Tags(value));
                break;
            case Stepped { Metrics: var step }:
                Record(step, Tags(value));
                break;
            case Evaluated { Result: var result }:
                Record(result, value.Iteration);
                break;
            case Noticed notice:
                Record(notice);
                break;
        }
    }

    /// <summary>Ends the run's activity.</summary>
    /// <param name="error">What ended the run early; null where it is finished.</param>
    public void End(Exception? error)
    {
        EndStage(error);
        if (error is null)
        {
            _activity?.SetStatus(ActivityStatusCode.Ok);
            Log(logger => Finished(logger, _name));
        }
        else if (error is OperationCanceledException)
        {
            Log(logger => Stopped(logger, _name));
        }
        else
        {
            _activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            _activity?.AddException(error);
            Log(logger => Failed(logger, _name, error));
        }

        _activity?.Dispose();
    }

    private void Begin(StageStarted stage)
    {
        EndStage(null);
        _generated = 0;
        if (stage.AlreadyDone)
        {
            return;
        }

        Log(logger => Begun(logger, _name, stage.Iteration, stage.Stage));
        _stage = Source.StartActivity("tspin.stage", ActivityKind.Internal, _activity?.Context ?? default,
            [.. _run, new("tspin.iteration", stage.Iteration), new("tspin.stage", stage.Stage)]);
    }

    private void EndStage(Exception? error)
    {
        if (error is not null and not OperationCanceledException)
        {
            _stage?.SetStatus(ActivityStatusCode.Error, error.Message);
        }

        _stage?.Dispose();
        _stage = null;
    }

    private static void Record(StepMetrics step, TagList tags)
    {
        Steps.Add(1, tags);
        StepDuration.Record(step.Seconds, tags);
        Tokens.Add((long)(step.TokensPerSecond * step.Seconds), tags);
        Loss.Record(step.Loss, tags);
        GradientNorm.Record(step.GradientNorm, tags);
        LearningRate.Record(step.LearningRate, tags);
        Memory.Record(step.PeakMemoryBytes, tags);
        if (step.CurrentAdvantage is { } u)
        {
            CurrentAdvantage.Record(u, tags);
        }

        if (step.HistoricalAdvantage is { } v)
        {
            HistoricalAdvantage.Record(v, tags);
        }
    }

    private void Record(CheckpointEvaluation evaluation, int iteration)
    {
        foreach (var result in evaluation.Results)
        {
            foreach (var metric in result.Metrics)
            {
                var tags = Tags(iteration);
                tags.Add("tspin.evaluation.task", result.Task);
                tags.Add("tspin.evaluation.metric", metric.Title);
                Score.Record(metric.Value, tags);
            }
        }
    }

    private void Record(Noticed notice)
    {
        if (notice.IsAlarm)
        {
            Alarms.Add(1, Tags(notice));
            _stage?.AddEvent(new ActivityEvent("tspin.alarm", tags: new() { ["tspin.message"] = notice.Text }));
            Log(logger => Alarm(logger, _name, notice.Iteration, notice.Text));
        }
        else
        {
            Log(logger => Notice(logger, _name, notice.Iteration, notice.Text));
        }
    }

    private TagList Tags(RunEvent value) => Tags(value.Iteration);

    private TagList Tags(int iteration) => new([.. _run, new("tspin.iteration", iteration)]);

    private void Log(Action<ILogger> write)
    {
        if (_logger is not null)
        {
            write(_logger);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Run}: iteration {Iteration}: {Stage}")]
    private static partial void Begun(ILogger logger, string run, int iteration, string stage);

    [LoggerMessage(2, LogLevel.Information, "{Run}: iteration {Iteration}: {Text}")]
    private static partial void Notice(ILogger logger, string run, int iteration, string text);

    [LoggerMessage(3, LogLevel.Warning, "{Run}: iteration {Iteration}: {Text}")]
    private static partial void Alarm(ILogger logger, string run, int iteration, string text);

    [LoggerMessage(4, LogLevel.Information, "{Run}: finished")]
    private static partial void Finished(ILogger logger, string run);

    [LoggerMessage(5, LogLevel.Information, "{Run}: stopped; run it again to continue")]
    private static partial void Stopped(ILogger logger, string run);

    [LoggerMessage(6, LogLevel.Error, "{Run}: ended by an error")]
    private static partial void Failed(ILogger logger, string run, Exception error);
}
