using Shouldly;
using TSpin.Checkpoints;
using TSpin.Cli;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>Ctrl-C as a person presses it: a real SIGINT to a process of its own, in every stage of every verb that takes long.</summary>
public sealed class InterruptionTests
{
    // Every stage long enough that a signal sent at its first line should arrive inside it.
    private static Recipe Slow(TinyRun tiny) => tiny.Recipe() with
    {
        Name = "slow",
        Generation = new GenerationSettings { MaxNewTokens = 78, BatchSize = 1 },
        Training = new TrainingSettings { Iterations = 2, Epochs = 60, BatchSize = 2, MicroBatchSize = 1, LearningRate = [1e-4] },
        Evaluation = new EvaluationSettings { Data = [tiny.HeldOut], MaxNewTokens = 78, BatchSize = 1, Sampled = true },
    };

    [Fact]
    [Trait("Category", "Slow")]
    public void Ctrl_C_in_any_stage_says_how_to_continue_and_that_command_does()
    {
        using var tiny = new TinyRun();
        var recipe = Slow(tiny);
        File.WriteAllLines(tiny.HeldOut, Enumerable.Range(0, 20).Select(i => $$"""{"question": "How many figs are {{i}} figs?", "answer": "#### {{i}}"}"""));
        File.WriteAllText(tiny["slow.yaml"], RecipeWriter.Write(recipe));
        string[] command = ["run", tiny["slow.yaml"], "--run", "inter rupted"];
        var child = TspinProcess.Start(command);
        var stopped = 0;
        foreach (var stage in (string[])
        [
            "evaluating the starting model", "iteration 0: proto-synthetic responses", "iteration 0: training", "iteration 0: evaluating",
            "iteration 1: synthetic responses", "iteration 1: training", "iteration 1: evaluating",
        ])
        {
            child.WaitFor(stage);
            if (child.Errors.Contains(stage + " (done before)", StringComparison.Ordinal))
            {
                continue; // so fast a machine that the last signal arrived one stage late
            }

            child.Interrupt();
            var (code, output) = child.End();
            if (code == 0)
            {
                break; // and this one after the end
            }

            code.ShouldBe(ExitCodes.Interrupted, $"at {stage}:\n{child.Errors}");
            child.Errors.ShouldContain($"To continue:{Environment.NewLine}  tspin run {tiny["slow.yaml"]} --run 'inter rupted'");
            output.ShouldBeEmpty();
            stopped++;
            child.Dispose();
            child = TspinProcess.Start(command);
        }

        child.Dispose();
        stopped.ShouldBeGreaterThanOrEqualTo(4);
        using var last = TspinProcess.Start(command);
        last.End().Code.ShouldBe(0, last.Errors);
        tiny.Run(recipe, "undisturbed");
        TinyRun.Outcome(tiny["inter rupted"]).ShouldBe(TinyRun.Outcome(tiny["undisturbed"]));
        File.Exists(new RunFolder(tiny["inter rupted"]).Report).ShouldBeTrue();
    }

    [Fact]
    public void A_second_Ctrl_C_ends_at_once_and_the_run_still_continues()
    {
        using var tiny = new TinyRun();
        // Long enough for two signals on any machine; both runs are interrupted.
        var recipe = Slow(tiny) with { Training = new TrainingSettings { Iterations = 1, Epochs = 1000, BatchSize = 6, MicroBatchSize = 1, LearningRate = [1e-4] } };
        File.WriteAllText(tiny["slow.yaml"], RecipeWriter.Write(recipe));
        using (var child = TspinProcess.Start("run", tiny["slow.yaml"]))
        {
            child.WaitFor("iteration 0: training");
            child.Interrupt();
            child.WaitFor("once more to stop at once");
            child.Interrupt();
            // Ended by the signal itself, or by the first one's safe point where that came first.
            child.End().Code.ShouldBe(130, child.Errors);
        }

        File.WriteAllText(tiny["slow.yaml"], RecipeWriter.Write(recipe));
        using var again = TspinProcess.Start("run", tiny["slow.yaml"]);
        again.WaitFor("iteration 0: training");
        again.Interrupt();
        again.End().Code.ShouldBe(130, again.Errors);
    }

    [Fact]
    public void Generate_keeps_what_is_finished_and_goes_on()
    {
        const int prompts = 120; // several seconds, so that the interruption comes before the end
        using var tiny = new TinyRun();
        File.WriteAllLines(tiny["prompts.jsonl"], Enumerable.Range(0, prompts).Select(i => $$"""{"prompt": "How many figs are {{i}} figs?"}"""));
        string[] command = ["generate", tiny.Model, "--prompts", tiny["prompts.jsonl"], "--out", tiny["answers.jsonl"], "--max-new-tokens", "100", "--batch-size", "1", "--dtype", "float32"];
        using (var child = TspinProcess.Start(command))
        {
            child.WaitFor($"answering {prompts} prompts");
            child.WaitUntil(() => File.Exists(tiny["answers.jsonl"]) && new FileInfo(tiny["answers.jsonl"]).Length > 0);
            child.Interrupt();
            child.End().Code.ShouldBe(ExitCodes.Interrupted, child.Errors);
            child.Errors.ShouldContain("To continue:");
        }

        var kept = File.ReadAllLines(tiny["answers.jsonl"]);
        kept.Length.ShouldBeLessThan(prompts);
        using var again = TspinProcess.Start(command);
        again.End().Code.ShouldBe(0, again.Errors);
        var all = File.ReadAllLines(tiny["answers.jsonl"]);
        all.Length.ShouldBe(prompts);
        all[..kept.Length].ShouldBe(kept);
    }

    [Fact]
    public void Eval_says_that_it_starts_anew()
    {
        using var tiny = new TinyRun();
        File.WriteAllLines(tiny["test.jsonl"], Enumerable.Range(0, 100).Select(i => $$"""{"question": "How many figs are {{i}} figs?", "answer": "#### {{i}}"}"""));
        using var child = TspinProcess.Start("eval", tiny.Model, "--data", tiny["test.jsonl"], "--batch-size", "1", "--max-new-tokens", "120", "--dtype", "float32");
        child.WaitFor("evaluating on 100 problems");
        child.Interrupt();
        child.End().Code.ShouldBe(ExitCodes.Interrupted, child.Errors);
        child.Errors.ShouldContain("nothing was written. To start anew:");
    }

    [Fact]
    public void Doctor_shows_the_machine_and_plans_a_recipe()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["recipe.yaml"], RecipeWriter.Write(tiny.Recipe()));
        // As torchrun sets it.
        using var child = TspinProcess.Start(new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" }, "doctor", tiny["recipe.yaml"]);
        var (code, output) = child.End();
        code.ShouldBe(0, child.Errors);
        output.Contains("threads_advice", StringComparison.Ordinal).ShouldBe(Environment.ProcessorCount > 1);
        output.ShouldContain("libtorch");
        output.ShouldContain("bfloat16_gflops");
        output.ShouldContain("hub_cache");

        using var broken = TspinProcess.Start("doctor", tiny["missing.yaml"]);
        broken.End().Code.ShouldBe(2);
        broken.Errors.ShouldContain("missing.yaml");
    }
}
