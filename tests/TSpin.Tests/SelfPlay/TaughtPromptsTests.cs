using System.Text.Json;
using Shouldly;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>Prompts that no longer teach are neither generated nor trained, and are looked at again.</summary>
public sealed class TaughtPromptsTests
{
    private const double Alpha = 0.1, Beta = 0.1;

    [Fact]
    public void A_prompt_is_left_out_by_what_its_triplet_weighed_and_comes_back()
    {
        using var tiny = new TinyRun();
        var recipe = Recipe(tiny);
        var said = new List<string>();
        var run = tiny.Run(recipe, "run", value => { if (value is Noticed notice) { said.Add(notice.Text); } });

        File.Exists(Path.Combine(run, "iteration-00", "taught.jsonl")).ShouldBeFalse();
        var left = new Dictionary<int, int>();   // prompt, iteration that measured it
        for (var t = 1; t < 4; t++)
        {
            foreach (var index in left.Where(entry => t - entry.Value >= 2).Select(entry => entry.Key).ToArray())
            {
                left.Remove(index);
            }

            foreach (var (index, line) in First(run, t - 1))
            {
                if (Weight(line, t - 1) < recipe.Training.Taught.Below)
                {
                    left[index] = t - 1;
                }
            }

            var lines = JsonLinesReader.Read<TaughtLine>(Path.Combine(run, $"iteration-0{t}", "taught.jsonl")).ToArray();
            lines.Select(line => (line.Index, line.Measured)).ShouldBe(left.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)));
            int[] rest = [.. Enumerable.Range(0, 6).Except(left.Keys)];
            ResponseFile.Read(Path.Combine(run, $"iteration-0{t}", "responses.jsonl")).Select(line => line.Index).Order().ShouldBe(rest);
            First(run, t).Keys.Order().ShouldBe(rest);
            using var metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, $"iteration-0{t}", "responses-metrics.json")));
            metrics.RootElement.GetProperty("taught").GetInt32().ShouldBe(lines.Length);
            said.Contains($"{lines.Length} of 6 prompts no longer teach and are left out (training.taught)").ShouldBe(lines.Length > 0);
        }

        said.Count(text => text.Contains("no longer teach and are left out", StringComparison.Ordinal)).ShouldBeGreaterThan(0, "the test needs prompts that are left out");
        File.ReadAllText(Path.Combine(run, "report.html")).ShouldContain("taught");
    }

    [Fact]
    public void A_run_that_is_killed_anywhere_leaves_out_the_same()
    {
        using var tiny = new TinyRun();
        var recipe = Recipe(tiny) with { Method = Methods.Spin };
        recipe = recipe with { Training = recipe.Training with { Iterations = 3, Taught = new() { Below = 0.4999, LookAgain = 2 } }, Evaluation = recipe.Evaluation with { Data = null } };
        var n = 0;
        var whole = tiny.Run(recipe, "whole", value =>
        {
            if (value is Noticed { Iteration: > 0 } or StageStarted { Iteration: 1 })
            {
                TinyRun.Snapshot(tiny["whole"], tiny[$"killed-{n++}"]);
            }
        });

        var outcome = TinyRun.Outcome(whole);
        outcome.Keys.ShouldContain("iteration-01/taught.jsonl");
        n.ShouldBeGreaterThan(2);
        for (var i = 0; i < Math.Min(n, 6); i++)
        {
            TinyRun.Outcome(tiny.Run(recipe, $"killed-{i}")).ShouldBe(outcome);
        }
    }

    [Fact]
    public void Where_none_teaches_an_alarm_rings_and_all_are_looked_at_again()
    {
        using var tiny = new TinyRun();
        var recipe = Recipe(tiny);
        var run = tiny.Run(recipe with { Training = recipe.Training with { Iterations = 2, Taught = new() { Below = 1 } } }, "run");
        var alarm = JsonLinesReader.Read<TrainingAlarm>(Path.Combine(run, "alarms.jsonl")).Where(alarm => alarm.Name == "prompts-taught").ShouldHaveSingleItem();
        alarm.Message.ShouldContain("6 of 6 prompts no longer teach");
        First(run, 1).Count.ShouldBe(6);
        File.ReadAllText(Path.Combine(run, "iteration-01", "taught.jsonl")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("method: sft", "method sft does not compare them")]
    [InlineData("method: dpo", "method dpo does not compare them")]
    [InlineData("objective: {sft_weight: 0.1}", "leave one of the two out")]
    [InlineData("generation: {mix_previous: true}", "leave one of the two out")]
    public void It_is_refused_where_every_prompt_goes_on_teaching(string text, string reason) =>
        Should.Throw<RecipeException>(() => RecipeReader.Parse($"{text}\nmodel: {{path: m}}\ndata: {{train: d}}\ntraining: {{taught: {{below: 0.05}}}}", "x.yaml", []))
            .Message.ShouldContain(reason);

    private static Recipe Recipe(TinyRun tiny)
    {
        var recipe = tiny.Recipe();
        // Between the third and the fourth of six in iteration 0.
        var pilot = tiny.Run(recipe with { Training = recipe.Training with { Iterations = 1 }, Evaluation = recipe.Evaluation with { Data = null } }, "pilot");
        double[] weights = [.. First(pilot, 0).Values.Select(line => Weight(line, 0)).Order()];
        return recipe with { Training = recipe.Training with { Iterations = 4, Taught = new() { Below = (weights[2] + weights[3]) / 2, LookAgain = 2 } } };
    }

    // The first line of each prompt in an iteration.
    private static Dictionary<int, TripletMetrics> First(string run, int iteration)
    {
        var first = new Dictionary<int, TripletMetrics>();
        foreach (var line in JsonLinesReader.Read<TripletMetrics>(Path.Combine(run, $"iteration-0{iteration}", "triplets-metrics.jsonl")))
        {
            first.TryAdd(line.Index, line);
        }

        return first;
    }

    // No two of the tiny model's responses to a prompt are the same.
    private static double Weight(TripletMetrics line, int iteration)
    {
        var current = Sigmoid(-Alpha * (line.LogProbAnnotated - line.LogProbSynthetic!.Value));
        var historical = iteration == 0 ? 0 : Beta * Sigmoid(-Alpha * (line.LogProbSynthetic!.Value - line.LogProbProtoSynthetic!.Value));
        return new[] { current, Math.Abs(current - historical), historical }.Max();
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
