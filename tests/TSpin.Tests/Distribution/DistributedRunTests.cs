using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Distribution;

/// <summary>Whole runs of a tiny model in real processes over Gloo.</summary>
public sealed class DistributedRunTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public DistributedRunTests() => Assert.SkipUnless(ProcessGroup.IsAvailable, "this libtorch has no c10d with Gloo");

    public void Dispose() => _tiny.Dispose();

    // Threads stand for processes here. 21 examples are three waves; the last window of an epoch holds one triplet, so that all but one have none.
    [Theory]
    [InlineData("tspin", 2)]
    [InlineData("spin", 3)]
    [InlineData("tspin-ref", 4)]
    [InlineData("sft", 2)]
    public void Ranks_answer_with_the_bytes_of_one_process_and_train_as_one_but_for_rounding(string method, int count)
    {
        var recipe = Recipe(Methods.Named(method));
        var alone = new RunFolder(_tiny.Run(recipe, "alone"));
        var together = new RunFolder(RunInThreads(count, recipe, "together"));

        if (method != "sft")
        {
            File.ReadAllBytes(together.Responses(0)).ShouldBe(File.ReadAllBytes(alone.Responses(0)));
        }

        ShouldHaveTheSameEvaluation(together, alone);
        ShouldBeLike(Steps(together), Steps(alone));
        File.ReadLines(together.TripletMetrics(0)).Count().ShouldBe(File.ReadLines(alone.TripletMetrics(0)).Count());
        // The same again, bit for bit.
        TinyRun.Outcome(RunInThreads(count, recipe, "again")).ShouldBe(TinyRun.Outcome(together.Path));
    }

    /// <summary>Whatever a recipe trains, with every kind of sharding: the files of one process, and its steps but for rounding.</summary>
    [Theory]
    [InlineData("tspin", ShardingKind.Full, 2)]
    [InlineData("recompute", ShardingKind.Full, 3)]
    [InlineData("lora", ShardingKind.Full, 2)]
    [InlineData("first-stage", ShardingKind.None, 3)]
    public void Training_is_that_of_one_process(string kind, ShardingKind sharding, int count) => Every_kind_of_training_is_that_of_one_process(kind, sharding, count);

    // The reference of the second iteration is what the first stage left, which no other process can load.
    [Fact]
    public void A_reference_is_what_the_first_stage_left() => Every_kind_of_training_is_that_of_one_process("asft-after-first-stage", ShardingKind.None, 2);

    /// <summary>The same of the rest.</summary>
    [Theory, Trait("Category", "Slow")]
    [InlineData("untied", ShardingKind.Full, 3)]
    [InlineData("tspin-ref", ShardingKind.Full, 2)]
    [InlineData("asft", ShardingKind.Full, 2)]
    [InlineData("lora", ShardingKind.Optimizer, 3)]
    [InlineData("unlikelihood", ShardingKind.Full, 2)]
    [InlineData("asft-after-first-stage", ShardingKind.Full, 2)]
    [InlineData("lora-asft-after-first-stage", ShardingKind.Full, 2)]
    [InlineData("dpo-after-first-stage", ShardingKind.Full, 3)]
    [InlineData("rejection", ShardingKind.Full, 2)]
    public void Every_kind_of_training_is_that_of_one_process(string kind, ShardingKind sharding, int count)
    {
        var recipe = Recipe(kind switch
        {
            "tspin-ref" => Methods.TSpinRef,
            "asft" or "asft-after-first-stage" or "lora-asft-after-first-stage" => Methods.Asft,
            "unlikelihood" => Methods.Unlikelihood,
            "dpo-after-first-stage" => Methods.Named("dpo"),
            _ => Methods.TSpin,
        });
        recipe = recipe with { Training = recipe.Training with { Iterations = kind == "tspin" || kind.EndsWith("-after-first-stage", StringComparison.Ordinal) ? 2 : 1, Recompute = kind == "recompute" } };
        recipe = kind switch
        {
            "lora" => recipe with { Lora = new LoraSettings { Rank = 2 } },
            "first-stage" => recipe with { Sft = new SftSettings { Epochs = 1, LearningRate = 1e-4 } },
            "asft-after-first-stage" => recipe with { Sft = new SftSettings { Epochs = 1, LearningRate = 1e-2 } },
            "lora-asft-after-first-stage" => recipe with { Lora = new LoraSettings { Rank = 2 }, Sft = new SftSettings { Epochs = 1, LearningRate = 1e-2 } },
            "dpo-after-first-stage" => recipe with { Data = recipe.Data with { Train = [Pairs()] }, Sft = new SftSettings { Epochs = 1, LearningRate = 1e-2 } },
            "rejection" => recipe with { Rejection = new() { Draws = 2, Annotated = true } },
            "untied" => recipe with { Model = recipe.Model with { Path = Untied() } },
            _ => recipe,
        };
        var alone = new RunFolder(_tiny.Run(recipe, "alone"));
        var divided = recipe with { Distribution = recipe.Distribution with { Sharding = sharding } };
        var together = new RunFolder(RunInThreads(count, divided, "together"));

        ShouldBeLike(Steps(together), Steps(alone));
        ShouldBeLike(Steps(together, 1), Steps(alone, 1));
        if (kind is "tspin" or "recompute" or "untied" or "lora")
        {
            File.ReadAllBytes(together.Responses(0)).ShouldBe(File.ReadAllBytes(alone.Responses(0)));
            ShouldHaveTheSameEvaluation(together, alone);
        }

        if (kind == "first-stage")
        {
            ShouldBeLike(Steps(new RunFolder(together.Sft)), Steps(new RunFolder(alone.Sft)));
        }
    }

    // Gradients of shares are summed in the order of ranks: not the bits of full replicas, but the same ones every time, also where the run was stopped on the way.
    [Fact]
    public void A_stopped_run_of_shares_goes_on_with_the_same_weights_and_with_another_number_of_ranks()
    {
        var recipe = Recipe(Methods.TSpin);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1 }, Distribution = recipe.Distribution with { Sharding = ShardingKind.Full } };
        var whole = RunInThreads(3, recipe, "whole");
        foreach (var name in new[] { "stopped", "other" })
        {
            using var stop = new CancellationTokenSource();
            Should.Throw<OperationCanceledException>(() => RunInThreads(3, recipe, name, value =>
            {
                if (value is Stepped { Metrics.Step: 3 })
                {
                    stop.Cancel();
                }
            }, stop.Token));
        }

        TinyRun.Outcome(RunInThreads(3, recipe, "stopped")).ShouldBe(TinyRun.Outcome(whole));
        ShouldBeLike(Steps(new RunFolder(RunInThreads(2, recipe, "other"))), Steps(new RunFolder(whole)));
    }

    /// <summary>What each process has saved of the state, any number of processes with any sharding goes on from.</summary>
    [Fact]
    public void A_state_in_parts_goes_on_elsewhere() => A_saved_state_goes_on_elsewhere(ShardingKind.Optimizer, 2, ShardingKind.Full, 3);

    /// <summary>The same of the rest; a state in one file too.</summary>
    [Theory, Trait("Category", "Slow")]
    [InlineData(ShardingKind.Optimizer, 2, ShardingKind.None, 1)]
    [InlineData(ShardingKind.Optimizer, 2, ShardingKind.Optimizer, 3)]
    [InlineData(ShardingKind.Optimizer, 3, ShardingKind.None, 2)]
    [InlineData(ShardingKind.Full, 3, ShardingKind.Optimizer, 2)]
    [InlineData(ShardingKind.Full, 2, ShardingKind.None, 1)]
    [InlineData(ShardingKind.Full, 2, ShardingKind.Full, 4)]
    [InlineData(ShardingKind.None, 1, ShardingKind.Optimizer, 2)]
    [InlineData(ShardingKind.None, 1, ShardingKind.Full, 2)]
    [InlineData(ShardingKind.None, 2, ShardingKind.Full, 3)]
    public void A_saved_state_goes_on_elsewhere(ShardingKind sharding, int count, ShardingKind next, int nextCount)
    {
        var recipe = Recipe(Methods.TSpin);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1 } };
        var whole = new RunFolder(_tiny.Run(recipe, "whole"));
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Run(sharding, count, value =>
        {
            if (value is Stepped { Metrics.Step: 3 })
            {
                stop.Cancel();
            }
        }, stop.Token));
        var run = new RunFolder(_tiny["run"]);
        Parts().ShouldBe(sharding == ShardingKind.None ? [] : [.. Enumerable.Range(1, count).Select(part => $"training-state.step-000003.part-{part:D3}-of-{count:D3}.safetensors")]);
        File.Exists(run.TrainingState(0)).ShouldBeTrue();

        Run(next, nextCount);

        ShouldBeLike(Steps(run), Steps(whole));
        Parts().ShouldBeEmpty();
        File.Exists(run.TrainingState(0)).ShouldBeFalse();

        void Run(ShardingKind kind, int processes, Action<RunEvent>? watch = null, CancellationToken cancellation = default)
        {
            var divided = recipe with { Distribution = recipe.Distribution with { Sharding = kind } };
            _ = processes == 1 ? _tiny.Run(divided, "run", watch, cancellation) : RunInThreads(processes, divided, "run", watch, cancellation);
        }

        string[] Parts() => [.. Directory.GetFiles(run.Iteration(0), "training-state.step-*").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
    }

    // Stopped in the middle of an iteration, with what each rank held in a file of its own, or gathered in one where they do not see one folder, and continued.
    [Theory]
    [InlineData(ComputeType.Float32, OptimizerKind.AdamW, false)]
    [InlineData(ComputeType.BFloat16, OptimizerKind.RmsProp, true)]
    public void A_divided_optimizer_changes_no_bit(ComputeType type, OptimizerKind optimizer, bool seesOneFolder)
    {
        var recipe = Recipe(Methods.TSpin);
        recipe = recipe with { Model = recipe.Model with { Dtype = type }, Training = recipe.Training with { Optimizer = optimizer } };
        var whole = RunInThreads(3, recipe, "whole");
        var divided = recipe with { Distribution = recipe.Distribution with { Sharding = ShardingKind.Optimizer } };
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => RunInThreads(3, divided, "divided", value =>
        {
            if (!seesOneFolder)
            {
                // Where the second process would leave its word there is a folder.
                Directory.CreateDirectory($"{new RunFolder(_tiny["divided"]).TrainingState(1)}.{Environment.ProcessId}.0001.tmp");
            }

            if (value is Stepped { Metrics: { Iteration: 1, Step: 3 } })
            {
                stop.Cancel();
            }
        }, stop.Token));
        Directory.GetFiles(new RunFolder(_tiny["divided"]).Iteration(1), "training-state.step-*").Length.ShouldBe(seesOneFolder ? 3 : 0);
        var outcome = TinyRun.Outcome(RunInThreads(3, divided, "divided"));
        var expected = TinyRun.Outcome(whole);
        outcome.Remove("recipe.yaml");
        expected.Remove("recipe.yaml");
        outcome.ShouldBe(expected);
    }

    [Fact]
    public void Processes_that_srun_starts_do_as_ranks_do()
    {
        var recipe = Recipe(Methods.TSpin);
        ShouldBeLike(Steps(new RunFolder(RunIn(2, recipe, "srun", likeSlurm: true))), Steps(new RunFolder(_tiny.Run(recipe, "alone"))));
    }

    [Theory, Trait("Category", "Slow")]
    [InlineData(ShardingKind.Optimizer)]   // of whose state each writes a part; none: passes too, and takes 40 s more
    public void A_killed_process_ends_the_others_which_name_it_and_the_run_goes_on_with_the_same_weights(ShardingKind sharding)
    {
        var recipe = Recipe(Methods.TSpin);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 40, SaveEverySteps = 20 }, Distribution = new DistributionSettings { TimeoutSeconds = 60, Sharding = sharding } };
        var undisturbed = RunIn(2, recipe, "undisturbed");
        var run = new RunFolder(_tiny["killed"]);
        using (var processes = LaunchedProcesses.Start(2, ["run", Written(recipe), "--run", "killed"]))
        {
            processes[0].WaitUntil(() => File.Exists(run.TrainingState(0)));
            processes[1].Kill();
            processes[0].End().Code.ShouldBe(5, processes[0].Errors);
            processes[0].Errors.ShouldContain("rank 1 is gone");
        }

        using (var processes = LaunchedProcesses.Start(2, ["run", Written(recipe), "--run", "killed"]))
        {
            processes[0].WaitUntil(() => Steps(run).Length > 80);
            processes[0].Kill();
            processes[1].End().Code.ShouldBe(5, processes[1].Errors);
            processes[1].Errors.ShouldContain("rank 0 is gone");
        }

        TinyRun.Outcome(RunIn(2, recipe, "killed")).ShouldBe(TinyRun.Outcome(undisturbed));
    }

    [Fact]
    public void A_run_goes_on_with_another_number_of_processes()
    {
        var recipe = Recipe(Methods.TSpin);
        var folder = RunInThreads(2, recipe, "more");
        var longer = recipe with { Training = recipe.Training with { Iterations = 3 } };
        _tiny.Run(longer, "more");
        Steps(new RunFolder(folder), 2).ShouldAllBe(step => double.IsFinite(step.Loss));
    }

    [Fact, Trait("Category", "Slow")]
    public void Who_does_not_come_is_named_and_a_wrong_variable_is_said_at_once()
    {
        var recipe = Written(Recipe(Methods.TSpin) with { Distribution = new DistributionSettings { TimeoutSeconds = 2 } });
        using var processes = LaunchedProcesses.Start(2, ["run", recipe, "--run", "lonely"]);
        processes[1].Kill();
        processes[0].End().Code.ShouldBe(5);
        processes[0].Errors.ShouldContain("rank 1");
        Directory.Exists(_tiny["lonely"]).ShouldBeFalse();

        using var wrong = Cli.TspinProcess.Start(new Dictionary<string, string> { ["RANK"] = "0" }, "run", recipe);
        wrong.End().Code.ShouldBe(2);
        wrong.Errors.ShouldContain("WORLD_SIZE, the number of processes, is not set");
    }

    // One process with the mean share of a window takes one pass, another may take two: all sum gradients then.
    [Fact]
    public void The_memory_of_several_processes_counts_sums_of_gradients()
    {
        var recipe = Recipe(Methods.TSpin);
        long Bytes(int batch, int processes) => RunPlan.Of(
            recipe with { Training = recipe.Training with { MicroBatchSize = 2, BatchSize = batch, TokensPerPass = 100_000 } }, processes).MemoryBytes;
        Bytes(4, 2).ShouldBeGreaterThan(Bytes(2, 1));
        Bytes(4, 2).ShouldBe(Bytes(4, 1));
    }

    [Fact]
    public void A_distance_from_a_model_that_no_process_holds_is_refused() => Should.Throw<RecipeException>(() => RecipeReader.Parse(
        "data: {train: d}\nmodel: {path: m}\nevaluation: {data: e, distance: 4}\ndistribution: {sharding: full}", "x.yaml", [])).Message.ShouldContain("leave evaluation.distance out");

    [Fact]
    public void A_gpu_whose_model_cannot_be_divided_is_refused_where_the_recipe_is_read() => Should.Throw<RecipeException>(() => RecipeReader.Parse(
        "data: {train: d}\nmodel: {path: m, device: cuda}\ndistribution: {sharding: full}", "x.yaml", [])).Message.ShouldContain("not on cuda; use sharding optimizer");

    private string Pairs()
    {
        File.WriteAllLines(_tiny["pairs.jsonl"], File.ReadLines(_tiny["more.jsonl"]).Select((line, i) => new JsonObject
        {
            ["prompt"] = JsonNode.Parse(line)!["question"]!.GetValue<string>(),
            ["chosen"] = JsonNode.Parse(line)!["answer"]!.GetValue<string>(),
            ["rejected"] = i % 2 == 0 ? "No." : "I do not know.",
        }.ToJsonString()));
        return _tiny["pairs.jsonl"];
    }

    // As the tiny model, with a head of its own.
    private string Untied()
    {
        var config = DecoderConfigReader.Read(_tiny.Model) with { TieEmbeddings = false };
        using var model = DecoderLoader.Random(config, 5);
        Directory.CreateDirectory(_tiny["untied"]);
        File.Copy(Path.Combine(_tiny.Model, "tokenizer.json"), _tiny["untied", "tokenizer.json"]);
        DecoderConfigWriter.Write(config, _tiny["untied"]);
        DecoderSaver.SaveWeights(model, _tiny["untied"]);
        return _tiny["untied"];
    }

    // Answers, and how likely the annotated ones are; how long that took is nobody's but the machine's.
    private static void ShouldHaveTheSameEvaluation(RunFolder together, RunFolder alone)
    {
        foreach (var file in new[] { EvaluationFiles.AnswersFile, EvaluationFiles.ResultFile })
        {
            Found(together).ShouldBe(Found(alone));
            string Found(RunFolder run) => Regex.Replace(File.ReadAllText(Path.Combine(run.Initial, file)), "\"seconds\": [^,\n]+", "");
        }
    }

    private static void ShouldBeLike(StepMetrics[] together, StepMetrics[] alone)
    {
        together.Length.ShouldBe(alone.Length);
        foreach (var (actual, expected) in together.Zip(alone))
        {
            actual.Loss.ShouldBe(expected.Loss, 1e-5 * Math.Abs(expected.Loss));
            actual.GradientNorm.ShouldBe(expected.GradientNorm, 1e-4 * expected.GradientNorm);
            actual.LogProbAnnotated.ShouldBe(expected.LogProbAnnotated, 1e-5 * Math.Abs(expected.LogProbAnnotated));
            actual.TokensAnnotated.ShouldBe(expected.TokensAnnotated);
            actual.SaturatedShare.ShouldBe(expected.SaturatedShare);
        }
    }

    private string RunInThreads(int count, Recipe recipe, string name, Action<RunEvent>? watch = null, CancellationToken cancellation = default)
    {
        var codes = LaunchedProcesses.InThreads(count, TimeSpan.FromSeconds(60), group =>
        {
            if (!group.Leads)
            {
                return new RankWorker(() => recipe, group).Run(CancellationToken.None);
            }

            try
            {
                new SelfPlayRun(recipe, _tiny[name], watch is null ? null : new Relay<RunEvent>(watch), ranks: group).Run(cancellation);
                return 0;
            }
            catch (OperationCanceledException)
            {
                return 130;
            }
        });
        codes.Distinct().Count().ShouldBe(1);
        return codes[0] == 130 ? throw new OperationCanceledException() : _tiny[name];
    }

    private Recipe Recipe(Method method)
    {
        var recipe = _tiny.Recipe(method);
        File.WriteAllLines(_tiny["more.jsonl"], Enumerable.Range(1, 21).Select(n => new JsonObject
        {
            ["question"] = $"Bob has {n} figs and eats {n / 2}. How many figs has {(n % 3 == 0 ? "Bob" : "he, who likes figs,")} then?",
            ["answer"] = $"{n} - {n / 2} = {n - (n / 2)} figs.\n#### {n - (n / 2)}",
        }.ToJsonString()));
        return recipe with
        {
            Data = recipe.Data with { Train = [_tiny["more.jsonl"]] },
            Generation = recipe.Generation with { BatchSize = 1 },
            Training = recipe.Training with { Iterations = 2, LearningRate = [1e-4] },
            Evaluation = recipe.Evaluation with { BatchSize = 1, Initial = true },
        };
    }

    private static StepMetrics[] Steps(RunFolder run, int iteration = 0) =>
        File.Exists(run.Metrics(iteration)) ? [.. JsonLinesReader.Read<StepMetrics>(run.Metrics(iteration), ignoreTornLastLine: true)] : [];

    private string Written(Recipe recipe)
    {
        File.WriteAllText(_tiny["recipe.yaml"], RecipeWriter.Write(recipe));
        return _tiny["recipe.yaml"];
    }

    private string RunIn(int count, Recipe recipe, string name, bool likeSlurm = false)
    {
        using var processes = LaunchedProcesses.Start(count, ["run", Written(recipe), "--run", name], likeSlurm);
        processes.End().ShouldAllBe(code => code == 0, string.Join('\n', Enumerable.Range(0, count).Select(rank => processes[rank].Errors)));
        return _tiny[name];
    }
}
