using System.Text.Json;
using Shouldly;
using TSpin.Tests.Reports;
using Xunit;

namespace TSpin.Tests.Dashboard;

/// <summary>The stages of a run that the page shows, how far each has come, and how long it takes.</summary>
public sealed class RunStageTests : IDisposable
{
    private readonly RunFolder _run = new RunFolder("one")
        .WriteWholeRun("tspin", iterations: 2, examples: 40, stepsPerIteration: 30);

    private string Runs => Path.GetDirectoryName(_run.Path)!;

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task A_run_whose_process_is_gone_is_told_from_one_that_runs()
    {
        _run.Write("run.json", JsonSerializer.Serialize(new
        {
            id = "one",
            method = "tspin",
            started = "2026-11-23T04:44:54+00:00",
            iterations = 4,
            status = "running"
        }));
        await using var page = await Page.OfAsync(Runs);
        async Task<string?> Status() => (await page.GetAsync("/api/run?run=one")).GetProperty("status").GetString();
        (await Status()).ShouldBe("killed");
        _run.Write(".tspin.lock.json",
            JsonSerializer.Serialize(new
            {
                pid = Environment.ProcessId,
                host = Environment.MachineName,
                since = DateTimeOffset.UtcNow
            }));
        (await Status()).ShouldBe("running");
        var stages = (await page.GetAsync("/api/run?run=one")).GetProperty("stages").EnumerateArray().ToArray();
        stages.Count(stage => stage.GetProperty("state").GetString() == "now").ShouldBe(1);
        stages.First(stage => stage.GetProperty("state").GetString() == "now").GetProperty("iteration").GetInt32()
            .ShouldBe(2);
        _run.Write(".tspin.lock.json",
            JsonSerializer.Serialize(new
            {
                pid = int.MaxValue - 1,
                host = Environment.MachineName,
                since = DateTimeOffset.UtcNow
            }));
        (await Status()).ShouldBe("killed");
    }

    [Fact]
    public async Task A_training_that_goes_on_is_told_with_its_time_left()
    {
        using var run = new RunFolder("going");
        run.Write("run.json", JsonSerializer.Serialize(new
        {
            id = "going",
            method = "sft",
            started = "2026-11-23T04:44:54+00:00",
            iterations = 2,
            status = "running"
        }));
        run.Write("recipe.yaml", "method: sft\nevaluation:\n  data: null\n");
        run.Write(".tspin.lock.json",
            JsonSerializer.Serialize(new
            {
                pid = Environment.ProcessId,
                host = Environment.MachineName,
                since = DateTimeOffset.UtcNow
            }));
        run.WriteLines("iteration-00/metrics.jsonl", Enumerable.Range(1, 25)
            .Select(step => (object)new { step, steps = 100, loss = 1.0, seconds = 2.0 }));
        await using var page = await Page.OfAsync(run.Path);
        var stages = (await page.GetAsync("/api/run?run=going")).GetProperty("stages").EnumerateArray().ToArray();
        stages.Select(stage => (stage.GetProperty("done").GetInt32(), stage.GetProperty("total").GetInt32(),
            stage.GetProperty("secondsLeft").GetDouble())).ShouldBe([(25, 100, 150.0), (0, 100, 200.0)]);
        (await page.GetAsync("/api/run?run=going")).GetProperty("secondsLeft").GetDouble().ShouldBe(350);
    }

    // The recipe as RecipeWriter puts it, and how far a run has come.
    [Theory]
    [InlineData("tspin", "", "proto-synthetic responses, training, synthetic responses, training")]
    [InlineData("sft", "", "training, training")]
    [InlineData("dft", "", "training, training")]
    [InlineData("dpo", "", "training, training")]
    [InlineData("space", "", "proto-synthetic responses, training, synthetic responses, training")]
    [InlineData("of-a-host", "", "training, training")]
    [InlineData("sft", "data:\n  validation: 0.1\n", "evaluating the starting model, training, evaluating, training, evaluating")]
    [InlineData("sft", "evaluation:\n  tasks:\n    - mmlu\n    - gsm8k\n", "evaluating the starting model, training, evaluating, training, evaluating")]
    [InlineData("sft", "evaluation:\n  tasks:\n    - gsm8k\n", "training, training")]
    [InlineData("sft", "rejection:\n  draws: 4\nsft:\n  epochs: 2\n",
        "rejection sampling, supervised fine-tuning before self-play, training, training")]
    public async Task A_run_that_has_just_begun_shows_the_stages_that_its_recipe_has(string method, string more, string stages)
    {
        using var run = Begun(method, more);
        await using var page = await Page.OfAsync(run.Path);
        var shown = (await page.GetAsync("/api/run?run=begun")).GetProperty("stages").EnumerateArray().ToArray();
        string.Join(", ", shown.Select(stage => stage.GetProperty("name").GetString())).ShouldBe(stages);
        shown[0].GetProperty("state").GetString().ShouldBe("now");
        shown.Skip(1).ShouldAllBe(stage => stage.GetProperty("state").GetString() == "next");
    }

    [Fact]
    public async Task What_comes_before_the_first_iteration_is_followed_too()
    {
        using var run = Begun("tspin", "rejection:\n  draws: 4\nsft:\n  epochs: 2\n");
        run.Write("rejection.jsonl", "{}\n");
        run.WriteLines("sft/iteration-00/metrics.jsonl", Enumerable.Range(1, 25)
            .Select(step => (object)new { step, steps = 100, loss = 1.0, seconds = 2.0 }));
        await using var page = await Page.OfAsync(run.Path);
        async Task<string[]> Stages() => [.. (await page.GetAsync("/api/run?run=begun")).GetProperty("stages")
            .EnumerateArray().Take(3).Select(stage => string.Join(' ', stage.GetProperty("state"),
                stage.GetProperty("done"), stage.GetProperty("total"), stage.GetProperty("secondsLeft")))];
        (await Stages()).ShouldBe(["done   ", "now 25 100 150", "next 0 0 "]);
        run.WriteLines("sft/iteration-00/metrics.jsonl", Enumerable.Range(1, 50)
            .Select(step => (object)new { step, steps = 100, loss = 1.0, seconds = 2.0 }));
        (await Stages())[1].ShouldBe("now 50 100 100");
        Directory.CreateDirectory(Path.Combine(run.Path, "sft", "iteration-00", "checkpoint"));
        (await Stages()).ShouldBe(["done   ", "done 50 100 ", "now 0 0 "]);
    }

    [Fact]
    public async Task A_run_that_stopped_early_has_no_stages_that_will_never_come()
    {
        _run.Write("run.json", """{"id":"one","method":"tspin","iterations":4,"status":"finished","stopped_after":1}""");
        await using var page = await Page.OfAsync(Runs);
        (await page.GetAsync("/api/run?run=one")).GetProperty("stages").GetArrayLength().ShouldBe(7);
    }

    private static RunFolder Begun(string method, string more)
    {
        var run = new RunFolder("begun");
        run.Write("run.json", JsonSerializer.Serialize(new { id = "begun", method, iterations = 2, status = "running" }));
        run.Write("recipe.yaml", $"method: {method}\n{more}");
        run.Write(".tspin.lock.json", JsonSerializer.Serialize(
            new { pid = Environment.ProcessId, host = Environment.MachineName, since = DateTimeOffset.UtcNow }));
        return run;
    }
}
