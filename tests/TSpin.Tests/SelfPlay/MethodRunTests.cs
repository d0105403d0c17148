using System.Text.Json;
using Shouldly;
using TSpin.Data;
using TSpin.Files;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>The program's methods beside the paper's, each through a whole run of two iterations.</summary>
public sealed class MethodRunTests
{
    private static readonly double Log2 = Math.Log(2);

    // At the start policy and reference are one, so that the first loss is the equation's at r = 0; null where the
    // loss has no reference.
    public static TheoryData<string, double?> OnPairs => new()
    {
        { "dpo", Log2 }, { "ipo", 25 }, { "hinge", 1 }, { "robust", Log2 }, { "bco", 2 * Log2 }, { "cpo", null },
            { "simpo", null }, { "orpo", null },
    };

    [Theory]
    [MemberData(nameof(OnPairs))]
    public void A_method_on_pairs_trains_on_the_datas_rejected_responses(string name, double? first)
    {
        using var tiny = new TinyRun();
        var recipe = Pairs(tiny, name);

        var run = tiny.Run(recipe, "run");

        File.Exists(Path.Combine(run, "iteration-00", "responses.jsonl")).ShouldBeFalse();
        var (steps, later) = (Steps(run, 0), Steps(run, 1));
        steps.Concat(later).ShouldAllBe(
            step => double.IsFinite(step.Loss) && step.Terms!["tokens_rejected"] > 1 && step.RewardGap != null);
        if (first is { } loss)
        {
            steps[0].Loss.ShouldBe(loss, 1e-3 * loss);
            // The second iteration still compares with the model that the run began with.
            Math.Abs(later[0].RewardGap!.Value).ShouldBeGreaterThan(1e-4);
        }

        later[^1].RewardGap!.Value.ShouldBeGreaterThan(steps[0].RewardGap!.Value);
        RecipeReader.Read(Path.Combine(run, "recipe.yaml"), []).ShouldBe(recipe);
        File.ReadAllText(Path.Combine(run, "report.html"))
            .ShouldContain($"<h1>{Methods.Named(name).DisplayName}: run</h1>");
    }

    [Fact]
    public void SPACE_plays_against_the_iterate_before()
    {
        using var tiny = new TinyRun();

        var run = tiny.Run(tiny.Recipe(Methods.Space), "run");

        // Both begin where the reference is: 2 log 2.
        Steps(run, 0)[0].Loss.ShouldBe(2 * Log2, 1e-3);
        Steps(run, 1)[0].Loss.ShouldBe(2 * Log2, 1e-3);
        Steps(run, 1).ShouldAllBe(step => step.LogProbSynthetic != null && step.LogProbProtoSynthetic == null
            && step.Terms!["synthetic_term"] > 0);
        File.Exists(Path.Combine(run, "iteration-01", "responses.jsonl")).ShouldBeTrue();
    }

    [Fact]
    public void DFT_and_ASFT_begin_alike_and_ASFT_is_held_to_the_initial_model()
    {
        using var tiny = new TinyRun();
        var held = Methods.Asft.Settings[0];
        var fast = tiny.Recipe(Methods.Dft).Training with { LearningRate = [3e-3] };

        var dft = tiny.Run(tiny.Recipe(Methods.Dft) with { Training = fast }, "dft");
        var asft = tiny.Run(tiny.Recipe(
            Methods.Asft) with
        { Training = fast, Objective = new ObjectiveSettings().With(held, 0) }, "asft");
        var firm = tiny.Run(tiny.Recipe(
            Methods.Asft) with
        { Training = fast, Objective = new ObjectiveSettings().With(held, 100) }, "firm");

        Steps(asft, 0)[0].Loss.ShouldBe(Steps(dft, 0)[0].Loss, 1e-5);
        Steps(asft, 1)[^1].LogProbAnnotated.ShouldBe(Steps(dft, 1)[^1].LogProbAnnotated, 1e-2);
        Steps(firm, 0)[0].Terms!["divergence"].ShouldBe(0, 1e-6);
        // pi_0 stays the reference in the second iteration.
        Steps(asft, 1)[0].Terms!["divergence"].ShouldBeGreaterThan(1e-4);
        Steps(firm, 1)[^1].Terms!["divergence"].ShouldBeLessThan(Steps(asft, 1)[^1].Terms!["divergence"] / 2);
    }

    [Fact]
    public void Unlikelihood_answers_a_share_of_the_steps_and_a_killed_run_draws_the_same_ones()
    {
        using var tiny = new TinyRun();
        var method = Methods.Unlikelihood;
        var recipe = tiny.Recipe(method) with
        {
            Objective = new ObjectiveSettings()
                .With(method.Settings.Single(setting => setting.Key == "unlikelihood_tokens"), 9)
                .With(method.Settings.Single(setting => setting.Key == "unlikelihood_ngram"), 1),
        };
        recipe = recipe with { Training = recipe.Training with { Epochs = 4, SaveEverySteps = 1 } };

        var whole = tiny.Run(recipe, "whole");

        var steps = Steps(whole, 0).Concat(Steps(whole, 1)).ToArray();
        var answered = steps.Count(step => step.Terms is not null);
        answered.ShouldBeInRange(1, steps.Length - 1);
        steps.Where(step => step.Terms is not null)
            .ShouldAllBe(step => step.Terms!["tokens_continuation"] <= 9 && step.Terms.ContainsKey("repeated_share"));
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "cut", seen =>
        {
            if (seen is Stepped { Iteration: 0, Metrics.Step: 3 })
            {
                stop.Cancel();
            }
        }, stop.Token));
        TinyRun.Outcome(tiny.Run(recipe, "cut")).ShouldBe(TinyRun.Outcome(whole));
    }

    [Fact]
    public void The_plan_counts_the_second_model_of_compared_distributions_and_what_steps_generate()
    {
        using var tiny = new TinyRun();
        var dft = RunPlan.Of(tiny.Recipe(Methods.Dft)).MemoryBytes;
        var parameters = DecoderConfigReader.Read(tiny.Model).ParameterCount;

        (RunPlan.Of(tiny.Recipe(Methods.Asft)).MemoryBytes - dft).ShouldBeGreaterThan(4 * parameters);
        RunPlan.Of(tiny.Recipe(Methods.Unlikelihood) with { Training = new TrainingSettings { BatchSize = 4 } })
            .MemoryBytes
            .ShouldBeGreaterThan(RunPlan.Of(
                tiny.Recipe(Methods.Sft) with { Training = new TrainingSettings { BatchSize = 4 } }).MemoryBytes);
    }

    [Fact]
    public void Robust_without_its_share_and_numbers_out_of_range_are_refused_with_the_cure()
    {
        Fault("method: robust").ShouldContain(
            "objective.label_smoothing: without it robust is dpo; state the share of pairs");
        Fault("method: robust\nobjective: {label_smoothing: 0.5}").ShouldContain("0.5 is not in [0, 0.5)");
        Fault("method: unlikelihood\nobjective: {unlikelihood_ngram: 2.5}").ShouldContain("whole number");
        Fault("method: asft\nobjective: {asft_lambda: -1}").ShouldContain("-1 is not in [0, 1000]");
        RecipeReader.Parse("method: robust\nobjective: {label_smoothing: 0.1}\nmodel: {path: m}\ndata: {train: d}",
            "x.yaml", []).Method.ShouldBe(Methods.Robust);

        static string Fault(string text) =>
            Should.Throw<RecipeException>(
            () => RecipeReader.Parse($"{text}\nmodel: {{path: m}}\ndata: {{train: d}}", "x.yaml", [])).Message;
    }

    private static Recipe Pairs(TinyRun tiny, string name)
    {
        var lines = File.ReadLines(tiny.Train).Select((line, i) =>
        {
            using var record = JsonDocument.Parse(line);
            var texts = record.RootElement.EnumerateObject().Select(field => field.Value.GetString()!).ToArray();
            return JsonSerializer.Serialize(
                new { prompt = texts[0], chosen = texts[1], rejected = i % 2 == 0 ? "No." : "I do not know." });
        });
        File.WriteAllLines(tiny["pairs.jsonl"], [.. lines]);
        var recipe = tiny.Recipe(Methods.Named(name)) with
        {
            Data =
            new DataSettings { Train = [tiny["pairs.jsonl"]] }
        };
        return name == "robust"
            ? recipe with
            {
                Objective = recipe.Objective.With(
            recipe.Method.Settings.Single(setting => setting.Key == "label_smoothing"), 0.1)
            } : recipe;
    }

    private static StepMetrics[] Steps(string run, int iteration) =>
        [.. JsonLinesReader.Read<StepMetrics>(Path.Combine(run, $"iteration-0{iteration}", "metrics.jsonl"))];
}
