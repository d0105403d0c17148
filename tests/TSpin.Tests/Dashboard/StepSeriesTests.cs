using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Shouldly;
using TSpin.Dashboard;
using TSpin.Files;
using TSpin.Optimization;
using TSpin.Reports;
using TSpin.Tests.Reports;
using Xunit;

namespace TSpin.Tests.Dashboard;

public sealed class StepSeriesTests
{
    [Fact]
    public void A_line_is_read_as_the_report_reads_it()
    {
        var metrics = new StepMetrics
        {
            Step = 3,
            Steps = 40,
            Epoch = 0,
            Iteration = 2,
            LearningRate = 1.5e-5,
            Loss = 0.25,
            CurrentAdvantage =
                -1.5,
            HistoricalAdvantage = double.NaN,
            SaturatedShare = 0.5,
            LogProbAnnotated = -20,
            LogProbPerTokenAnnotated = -1,
            GradientNorm = 3,
            TokensAnnotated = 12,
            TokensPerSecond = 1234.5,
            Seconds = 0.5,
            PeakMemoryBytes = 1L << 31,
            Terms = new Dictionary<string, double> { ["loss"] = 99, ["nll"] = 1.5 },
        };
        var line = JsonSerializer.Serialize(metrics, JsonLinesFormat.Default);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["metrics.jsonl"], line + "\n");
        var report = RecordedStep.Read(folder["metrics.jsonl"], 2, []).Single();
        var page = RecordedStep.Parse(Encoding.UTF8.GetBytes(line), 2)!;
        foreach (var property in typeof(RecordedStep).GetProperties())
        {
            property.GetValue(page).ShouldBe(property.GetValue(report), property.Name);
        }

        page.Loss.ShouldBe(0.25);
        page.Steps.ShouldBe(40);
        page.Term("loss").ShouldBe(99);
        page.Term("nll").ShouldBe(1.5);
        page.Term("other").ShouldBe(double.NaN);
        RecordedStep.Parse("{\"step\":1,\"lo"u8, 0).ShouldBeNull();
        RecordedStep.Parse("[]"u8, 0).ShouldBeNull();
    }

    [Fact]
    public void A_hundred_thousand_steps_are_two_thousand_points_that_lose_no_spike()
    {
        var series = new StepSeries();
        for (var i = 0; i < 100_000; i++)
        {
            series.Add(Step(iteration: i / 25_000, step: 1 + (i % 25_000), loss: i == 54_321 ? 1000 : i % 2));
        }

        series.Count.ShouldBe(100_000);
        var buckets = Enumerable.Range(0, 4).SelectMany(iteration => series.Buckets(iteration, 400)).ToArray();
        buckets.Length.ShouldBeInRange(200, 420);
        var loss = StepSeries.Lines.Select((line, index) => (line.Key, index)).First(line => line.Key == "loss").index;
        buckets.Max(bucket => bucket.Of(loss)!.Value.High).ShouldBe(1000);
        buckets[0].Of(loss)!.Value.Mean.ShouldBe(0.5, 0.01);
        buckets.Zip(buckets.Skip(1)).ShouldAllBe(pair => pair.First.Last + 1 == pair.Second.First
            || pair.Second.First == 1);
    }

    [Fact]
    public void A_methods_own_numbers_are_put_together_too_and_a_file_of_endless_names_stays_small()
    {
        var series = new StepSeries();
        for (var i = 1; i <= 5000; i++)
        {
            series.Add(RecordedStep.Parse(Encoding.UTF8.GetBytes(
                $$"""{"step":{{i}},"terms":{"nll":{{i % 2}},"name-{{i}}":1,"text":"x","nested":{"a":[1]} },"loss":3}"""), 0)!);
        }

        series.OwnNames.Count.ShouldBe(RecordedStep.MostTerms);
        series.OwnNames[0].ShouldBe("nll");
        var buckets = series.Buckets(0, 100).ToArray();
        var loss = StepSeries.Lines.Select((line, index) => (line.Key, index)).First(line => line.Key == "loss").index;
        buckets.ShouldAllBe(bucket => bucket.Of(loss)!.Value.Mean == 3);
        buckets.ShouldAllBe(bucket => bucket.Of("nll") != null);
        buckets[0].Of("nll")!.Value.Mean.ShouldBe(0.5, 0.02);
        buckets[0].Of("nll")!.Value.High.ShouldBe(1);
        buckets[0].Of("other").ShouldBeNull();
    }

    // The seconds are printed, and recorded in docs/watching.md: what they are on a busy machine says nothing.
    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_run_of_a_hundred_thousand_steps_opens_before_its_log_is_read()
    {
        using var run = new RunFolder("long");
        run.Write("run.json", JsonSerializer.Serialize(new
        {
            id = "long",
            method = "tspin",
            started = "2026-11-23T04:44:54+00:00",
            iterations = 4,
            status = "finished"
        }));
        for (var iteration = 0; iteration < 4; iteration++)
        {
            var text = new StringBuilder();
            for (var step = 1; step <= 25_000; step++)
            {
                text.Append(Line(iteration, step)).Append('\n');
            }

            run.Write(string.Create(CultureInfo.InvariantCulture, $"iteration-{iteration:D2}/metrics.jsonl"),
                text.ToString());
        }

        var began = Stopwatch.StartNew();
        await using var page = await Page.OfAsync(run.Path);
        await page.GetAsync("/api/run?run=long");
        var series = await page.GetAsync("/api/series?run=long");
        var opened = began.Elapsed.TotalSeconds;
        series.GetProperty("steps").GetInt32().ShouldBeInRange(1, 50_000);
        series.GetProperty("read").GetDouble().ShouldBeInRange(0.001, 0.5);
        for (var looks = 0; series.GetProperty("read").GetDouble() < 1; looks++)
        {
            looks.ShouldBeLessThan(100);
            series = await page.GetAsync("/api/series?run=long");
        }

        (await page.GetAsync("/api/run?run=long")).GetProperty("now").GetProperty("step").GetInt32().ShouldBe(25_000);
        var seconds = began.Elapsed.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{opened:F2} s, whole after {seconds:F2} s");
        series.GetProperty("steps").GetInt32().ShouldBe(100_000);
        series.GetProperty("x").GetArrayLength().ShouldBeLessThan(450);
    }

    internal static string Line(int iteration, int step) => JsonSerializer.Serialize(new StepMetrics
    {
        Step = step,
        Steps = 25_000,
        Epoch = 0,
        Iteration = iteration,
        LearningRate = 1.5e-5 / step,
        Loss = 1.0 / step,
        CurrentTerm = 0.5 + (1.0 / step),
        HistoricalTerm = 0.6931471805599453,
        CurrentAdvantage = Math.Sqrt(step),
        HistoricalAdvantage = -1.0 / 3 / step,
        SaturatedShare = 0.125,
        LogProbAnnotated = -38.123456789 + (step / 3.0),
        LogProbSynthetic = -40.123456789,
        LogProbProtoSynthetic = -42.123456789,
        LogProbPerTokenAnnotated = -1.0 / 3,
        LogProbPerTokenSynthetic =
            -2.0 / 3,
        LogProbPerTokenProtoSynthetic = -4.0 / 3,
        RewardAnnotated = -3.8123456789,
        RewardSynthetic = -4.0123456789,
        RewardGap = 0.2000000001,
        MisalignedShare = 0,
        GradientNorm = 3.123456789123,
        TokensAnnotated = 38.5,
        TokensSynthetic = 34.25,
        TokensProtoSynthetic = 22.125,
        TokensPerSecond = 2412.3456789,
        Seconds = 0.6123456789,
        PeakMemoryBytes = 512L << 20,
    }, JsonLinesFormat.Default);

    private static RecordedStep Step(int iteration, int step, double loss) =>
        RecordedStep.Parse(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{step},\"loss\":{loss}}}")), iteration)!;
}
