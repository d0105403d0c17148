using Shouldly;
using TSpin.Adapters;
using TSpin.Evaluation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>Supervised fine-tuning as a run's first stage.</summary>
public sealed class FirstStageTests
{
    [Fact]
    public void Its_result_is_the_model_that_the_iterations_begin_with()
    {
        using var tiny = new TinyRun();
        var recipe = Tuned(tiny.Recipe());

        var seen = new List<string>();
        var run = tiny.Run(recipe, "run",
            value => seen.Add(value is StageStarted { Iteration: -1 } started ? started.Stage : ""));

        // The same as SFT by itself, and a run from its checkpoint.
        var alone = tiny.Run(FirstStage.Of(recipe), "alone");
        Weights(Path.Combine(run, "sft", "iteration-00", "checkpoint"))
            .ShouldBe(Weights(Path.Combine(alone, "iteration-00", "checkpoint")));
        var tuned = recipe.Model with { Path = Path.Combine(alone, "iteration-00", "checkpoint") };
        var after = tiny.Run(tiny.Recipe() with { Model = tuned }, "after");
        Weights(Path.Combine(run, "iteration-01", "checkpoint"))
            .ShouldBe(Weights(Path.Combine(after, "iteration-01", "checkpoint")));
        File.ReadAllText(Path.Combine(run, "iteration-00", "responses.jsonl"))
            .ShouldBe(File.ReadAllText(Path.Combine(after, "iteration-00", "responses.jsonl")));
        // The starting model that is evaluated is the stage's result.
        Loss(run).ShouldBe(Loss(after));
        seen.ShouldContain("supervised fine-tuning before self-play");
        RecipeReader.Read(Path.Combine(run, "recipe.yaml"), []).ShouldBe(recipe);
        File.ReadAllText(Path.Combine(run, "recipe.yaml")).ShouldContain("sft:\n  epochs: 2\n");

        static double Loss(string run) =>
            EvaluationFiles.ReadResult(Path.Combine(run, "initial", EvaluationFiles.ResultFile))
            .First.AnnotatedLogProbPerToken!.Value;
    }

    [Fact]
    public void It_learns_from_no_example_that_the_run_validates_with()
    {
        using var tiny = new TinyRun();
        var recipe = Tuned(tiny.Recipe(Methods.Sft));
        recipe = recipe with
        {
            Data = recipe.Data with { Validation = "2" },
            Training = recipe.Training with { Iterations = 1 },
            Evaluation = new EvaluationSettings { MaxNewTokens = 6 },
        };

        var run = tiny.Run(recipe, "run");

        File.ReadLines(Path.Combine(run, "examples.jsonl")).Count().ShouldBe(4);
        File.ReadAllText(Path.Combine(run, "sft", "examples.jsonl"))
            .ShouldBe(File.ReadAllText(Path.Combine(run, "examples.jsonl")));
    }

    [Fact]
    public void Killed_within_it_or_after_it_a_run_ends_as_if_undisturbed()
    {
        using var tiny = new TinyRun();
        var recipe = Tuned(tiny.Recipe());
        recipe = recipe with { Training = recipe.Training with { SaveEverySteps = 1 } };
        var whole = tiny.Run(recipe, "whole");

        foreach (var (name, isTheMoment) in new (string, Func<RunEvent, bool>)[]
        {
            ("within", value => value is Stepped { Iteration: -1, Metrics.Step: 2 }),
            ("after", value => value is Stepped { Iteration: 0, Metrics.Step: 2 }),
        })
        {
            using var stop = new CancellationTokenSource();
            Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, name, value =>
            {
                if (isTheMoment(value))
                {
                    stop.Cancel();
                }
            }, stop.Token));
            TinyRun.Outcome(tiny.Run(recipe, name)).ShouldBe(TinyRun.Outcome(whole));
        }
    }

    [Fact]
    public void An_adapter_goes_on_from_the_stages_adapter()
    {
        using var tiny = new TinyRun();
        var recipe = Tuned(tiny.Recipe(Methods.Spin)) with { Lora = new LoraSettings { Rank = 2, Alpha = 4 } };

        var run = tiny.Run(recipe, "run");

        var stage = Path.Combine(run, "sft", "iteration-00", "checkpoint");
        File.Exists(Path.Combine(stage, "adapter_config.json")).ShouldBeTrue();
        var after = tiny.Run(recipe with { Sft = new(), Lora = recipe.Lora with { Adapter = stage } }, "after");
        File.ReadAllBytes(Path.Combine(run, "iteration-01", "checkpoint", "adapter_model.safetensors"))
            .ShouldBe(
                File.ReadAllBytes(Path.Combine(after, "iteration-01", "checkpoint", "adapter_model.safetensors")));
    }

    [Fact]
    public void The_plan_names_it_and_one_iteration_by_itself_refuses_it()
    {
        using var tiny = new TinyRun();
        var recipe = Tuned(tiny.Recipe());

        RunPlan.Of(recipe).SftSteps.ShouldBe(4);
        RunPlan.Of(recipe).ToText().ShouldContain("supervised fine-tuning, 4 optimizer steps");
        RunPlan.Of(tiny.Recipe()).ToText().ShouldNotContain("supervised");
        Should.Throw<TSpinException>(() => new SelfPlayRun(recipe, tiny["one"]).TrainOnce(0, null, null))
            .Message.ShouldContain("section sft is the first stage of a whole run");
    }

    private static Recipe Tuned(Recipe recipe) =>
        recipe with { Sft = new SftSettings { Epochs = 2, LearningRate = 2e-3 } };

    private static float[] Weights(string folder)
    {
        using var scope = new TensorScope();
        using var model = DecoderLoader.Load(folder);
        return [.. model.Training.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal)
            .SelectMany(parameter => parameter.Value.To(DType.Float32).ToArray<float>())];
    }
}
