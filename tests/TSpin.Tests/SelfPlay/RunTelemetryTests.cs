using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shouldly;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>What a host that listens to the meter, the source and the logger TSpin sees of a run.</summary>
public sealed class RunTelemetryTests
{
    [Fact]
    public void A_host_sees_metrics_spans_and_messages()
    {
        using var tiny = new TinyRun();
        List<Metric> metrics = [];
        List<Activity> spans = [];
        var messages = new Messages();
        using (var meters = Sdk.CreateMeterProviderBuilder().AddMeter(Telemetry.Name).AddInMemoryExporter(metrics)
            .Build())
        using (Sdk.CreateTracerProviderBuilder().AddSource(Telemetry.Name).AddInMemoryExporter(spans).Build())
        {
            new SelfPlayRun(tiny.Recipe(), tiny["telemetry"], loggers: messages).Run();
            meters.ForceFlush();

            // Other tests' runs are heard too: they have other names.
            double Sum(string name) => Points(metrics, name).Sum(point => point.GetSumLong());
            Sum("tspin.training.steps").ShouldBe(8);
            Sum("tspin.generation.tokens").ShouldBeInRange(12, 12 * 8 + 3 * 2 * 6);
            Points(metrics, "tspin.training.step.duration").Sum(point => point.GetHistogramCount()).ShouldBe(8);
            Points(metrics, "tspin.training.loss").Length.ShouldBe(2, "one for each iteration");
            Points(metrics, "tspin.evaluation.score").Length.ShouldBeGreaterThanOrEqualTo(6);
            metrics.First(metric => metric.Name == "tspin.training.step.duration").Unit.ShouldBe("s");
        }

        var run = spans.Single(span => span.OperationName == "tspin.run" && IsOurs(span.TagObjects));
        run.Status.ShouldBe(ActivityStatusCode.Ok);
        var stages = spans.Where(span => span.ParentSpanId == run.SpanId).OrderBy(span => span.StartTimeUtc).ToArray();
        stages.Select(span => $"{span.GetTagItem("tspin.iteration")} {span.GetTagItem("tspin.stage")}").ShouldBe(
        [
            "-1 evaluating the starting model", "0 proto-synthetic responses", "0 training", "0 evaluating",
                "1 synthetic responses", "1 training", "1 evaluating",
        ]);
        stages.ShouldAllBe(span => span.Duration > TimeSpan.Zero);
        messages.Said.ShouldContain((LogLevel.Information, "telemetry: iteration 1: training"));
        messages.Said.ShouldContain((LogLevel.Information, "telemetry: finished"));
        messages.Said.Select(said => said.Item1)
            .ShouldContain(LogLevel.Warning, "the tiny model's answers are cut, which is an alarm");
    }

    [Fact]
    public void A_run_that_is_refused_or_stopped_says_so()
    {
        using var tiny = new TinyRun();
        List<Activity> spans = [];
        var messages = new Messages();
        using (Sdk.CreateTracerProviderBuilder().AddSource(Telemetry.Name).AddInMemoryExporter(spans).Build())
        {
            var recipe = tiny.Recipe() with { Model = tiny.Recipe().Model with { Device = "cuda:99" } };
            Should.Throw<TSpinException>(() => new SelfPlayRun(recipe, tiny["telemetry"], loggers: messages).Run());
            using var stop = new CancellationTokenSource();
            stop.Cancel();
            Should.Throw<OperationCanceledException>(
                () => new SelfPlayRun(tiny.Recipe(), tiny["telemetry-stopped"], loggers: messages).Run(stop.Token));
        }

        spans.Single(span => span.OperationName == "tspin.run" && IsOurs(span.TagObjects)).Status.ShouldBe(
            ActivityStatusCode.Error);
        messages.Said.ShouldContain((LogLevel.Error, "telemetry: ended by an error"));
        messages.Said.ShouldContain((LogLevel.Information, "telemetry-stopped: stopped; run it again to continue"));
    }

    private static MetricPoint[] Points(IEnumerable<Metric> metrics, string name)
    {
        var points = new List<MetricPoint>();
        foreach (var point in metrics.Last(metric => metric.Name == name).GetMetricPoints())
        {
            foreach (var tag in point.Tags)
            {
                if (tag is { Key: "tspin.run.name", Value: "telemetry" })
                {
                    points.Add(point);
                }
            }
        }

        return [.. points];
    }

    private static bool IsOurs(IEnumerable<KeyValuePair<string, object?>> tags) =>
        tags.Contains(new("tspin.run.name", "telemetry"));

    private sealed class Messages : ILoggerFactory, ILogger
    {
        public List<(LogLevel, string)> Said { get; } = [];

        public ILogger CreateLogger(string categoryName)
        {
            categoryName.ShouldBe(Telemetry.Name);
            return this;
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState,
            Exception?, string> formatter) => Said.Add((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
