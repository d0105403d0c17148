using Shouldly;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>What may change between the starts of a run, and what is noticed.</summary>
public sealed class ContinuedRunTests
{
    [Theory]
    [InlineData("tokenizer_config.json", "{\"eos_token\": \"<|end|>\"}", true)]
    [InlineData("special_tokens_map.json", "{}", true)]
    [InlineData("added_tokens.json", "{}", true)]
    [InlineData("chat_template.jinja", "{{ messages }}", true)]
    [InlineData("additional_chat_templates/rag.jinja", "{{ messages }}", true)]
    [InlineData("generation_config.json", "{\"eos_token_id\": 0}", true)]
    [InlineData("chat_template.jinja", "{{ messages }}", false)]
    [InlineData("additional_chat_templates/rag.jinja", "{{ messages }}", false)]
    public void A_file_beside_the_weights_that_changed_or_came_is_named(string name, string text, bool isThereAtFirst)
    {
        using var tiny = new TinyRun();
        var path = tiny[["model", .. name.Split('/')]];
        if (isThereAtFirst)
        {
            Write(text);
        }

        Stop(tiny, tiny.Recipe(Methods.Sft), "run");
        Write(text + " ");
        var message = Should.Throw<TSpinException>(() => tiny.Run(tiny.Recipe(Methods.Sft), "run")).Message;
        message.ShouldStartWith($"{path}: {(isThereAtFirst ? "changed since this run began" : "was not there when this run began")}");
        message.ShouldContain("start a new run (--run NAME)");
        if (isThereAtFirst)
        {
            Write(text);
        }
        else
        {
            File.Delete(path);
        }

        tiny.Run(tiny.Recipe(Methods.Sft), "run");

        void Write(string content)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }
    }

    [Fact]
    public void A_template_of_its_own_that_changed_is_named()
    {
        using var tiny = new TinyRun();
        var template = tiny["mine.jinja"];
        File.WriteAllText(template, "{% for m in messages %}{{ m.content }}{% if m.role == 'assistant' %}<|end|>{% endif %}\n{% endfor %}");
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Prompt = recipe.Prompt with { Template = template } };
        Stop(tiny, recipe, "run");
        File.AppendAllText(template, " ");
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message.ShouldStartWith($"{template}: changed since this run began");
    }

    [Fact]
    public void A_tensor_in_the_middle_of_large_weights_that_changed_is_noticed()
    {
        using var folder = new TemporaryFolder();
        var path = folder["model.safetensors"];
        using (var stream = File.Create(path))
        {
            stream.SetLength(FileFingerprint.WholeBytes + (8 << 20));
        }

        var before = FileFingerprint.Of(path);
        using (var stream = File.OpenWrite(path))
        {
            stream.Seek(20_500_001, SeekOrigin.Begin);
            stream.Write(Enumerable.Repeat((byte)1, 1 << 20).ToArray());
        }

        FileFingerprint.Of(path).ShouldNotBe(before);
    }

    [Fact]
    public void A_folder_that_was_moved_continues_to_the_same_bytes()
    {
        using var tiny = new TinyRun();
        var undisturbed = TinyRun.Outcome(tiny.Run(tiny.Recipe(), "whole"));
        Stop(tiny, tiny.Recipe(), "run");
        Directory.CreateDirectory(tiny["moved"]);
        Directory.Move(tiny.Model, tiny["moved", "base"]);
        File.Move(tiny.Train, tiny["moved", "some.jsonl"]);
        File.Move(tiny.HeldOut, tiny["moved", "test.jsonl"]);
        var recipe = tiny.Recipe();
        recipe = recipe with
        {
            Name = "other-name",
            Model = recipe.Model with { Path = tiny["moved", "base"] },
            Data = recipe.Data with { Train = [tiny["moved", "some.jsonl"]] },
            Evaluation = recipe.Evaluation with { Data = [tiny["moved", "test.jsonl"]] },
            Output = new OutputSettings { Directory = tiny["moved"] },
            Checkpoints = recipe.Checkpoints with { MaxShardBytes = 2_000_000_000 },
            Training = recipe.Training with { SaveEverySteps = 1 },
        };
        ShouldEndAs(undisturbed, tiny.Run(recipe, "run"));
        var changes = Changes(tiny["run"]);
        changes.ShouldAllBe(change => change.SameBytes);
        changes.Select(change => change.Field).ShouldContain("training.save_every_steps");

        // Other content under a new name is another run.
        File.WriteAllText(tiny["moved", "more.jsonl"], File.ReadAllText(tiny["moved", "some.jsonl"]).Replace("figs", "nuts", StringComparison.Ordinal));
        Should.Throw<TSpinException>(() => tiny.Run(recipe with { Data = recipe.Data with { Train = [tiny["moved", "more.jsonl"]] } }, "run")).Message
            .ShouldStartWith($"data.train[0]: the recipe names {tiny["moved", "more.jsonl"]} now");
    }

    [Fact]
    public void Validation_and_tasks_of_ones_own_may_be_moved_and_must_stay_what_they_were()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["validation.jsonl"], """{"question": "Bob has 3 nuts and buys 4 more. How many nuts has Bob?", "answer": "7 nuts.\n#### 7"}""");
        File.WriteAllText(tiny["rows.jsonl"], """{"q": "2 + 1", "a": "3"}""");
        File.WriteAllText(tiny["sums.yaml"], "data: rows.jsonl\ndoc_to_text: q\ndoc_to_target: a\ngeneration_kwargs: { max_gen_toks: 2 }\n");
        Recipe In(string folder) => tiny.Recipe() with
        {
            Data = tiny.Recipe().Data with { Validation = Path.Combine(folder, "validation.jsonl") },
            Evaluation = tiny.Recipe().Evaluation with { Tasks = [Path.Combine(folder, "sums.yaml")], Data = null },
        };
        var here = Path.GetDirectoryName(tiny["sums.yaml"])!;
        var undisturbed = TinyRun.Outcome(tiny.Run(In(here), "whole"));
        Stop(tiny, In(here), "run");
        Directory.CreateDirectory(tiny["moved"]);
        foreach (var file in (string[])["validation.jsonl", "rows.jsonl", "sums.yaml"])
        {
            File.Move(tiny[file], tiny["moved", file]);
        }

        ShouldEndAs(undisturbed, tiny.Run(In(tiny["moved"]), "run"));
        Changes(tiny["run"]).ShouldAllBe(change => change.SameBytes);

        // Where they were before, with other content.
        File.WriteAllText(tiny["validation.jsonl"], File.ReadAllText(tiny["moved", "validation.jsonl"]).Replace("nuts", "figs", StringComparison.Ordinal));
        var elsewhere = In(tiny["moved"]);
        Should.Throw<TSpinException>(() => tiny.Run(elsewhere with { Data = elsewhere.Data with { Validation = tiny["validation.jsonl"] } }, "run")).Message
            .ShouldStartWith($"data.validation[0]: the recipe names {tiny["validation.jsonl"]} now");
        File.AppendAllText(tiny["moved", "rows.jsonl"], "\n{\"q\": \"5\", \"a\": \"5\"}");
        Should.Throw<TSpinException>(() => tiny.Run(elsewhere, "run")).Message.ShouldContain("rows.jsonl: changed since this run began");
    }

    [Theory]
    [InlineData(DType.Float32, true)]
    [InlineData(DType.BFloat16, false)]
    public void A_run_goes_on_for_more_iterations_and_never_for_fewer(DType stored, bool sameBytes)
    {
        using var tiny = new TinyRun(stored);
        var two = tiny.Recipe();
        var three = two with { Training = two.Training with { Iterations = 3 } };
        tiny.Run(two, "run");
        tiny.Run(three, "run");
        if (sameBytes)
        {
            ShouldEndAs(TinyRun.Outcome(tiny.Run(three, "whole")), tiny["run"]);
        }

        // A finished run in bfloat16 has dropped the float32 weights behind its last checkpoint.
        var change = Changes(tiny["run"]).ShouldHaveSingleItem();
        (change.Field, change.SameBytes, change.Iteration, change.Step).ShouldBe(("training.iterations", sameBytes, 2, 1));
        Should.Throw<TSpinException>(() => tiny.Run(two, "run")).Message.ShouldContain("training.iterations is 2, was 3: a run may go on for more iterations, never for fewer");
    }

    [Fact]
    public void What_changes_the_last_bits_may_change_and_is_recorded_with_its_place()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        tiny.Run(recipe, "whole");
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "run", value => { if (value is Stepped { Iteration: 1, Metrics.Step: 2 }) { stop.Cancel(); } }, stop.Token));
        var smaller = recipe with
        {
            Training = recipe.Training with { TokensPerPass = 20, MicroBatchSize = 1, Recompute = true },
            Evaluation = recipe.Evaluation with { BatchSize = 1 },
        };
        var notices = new List<string>();
        tiny.Run(smaller, "run", value => { if (value is Noticed notice) { notices.Add(notice.Text); } });
        var changes = Changes(tiny["run"]);
        changes.Select(change => change.Field).ShouldBe(["training.tokens_per_pass", "training.micro_batch_size", "training.recompute", "evaluation.batch_size"], ignoreOrder: true);
        changes.ShouldAllBe(change => !change.SameBytes && change.Iteration == 1 && change.Step == 3);
        notices.ShouldContain(text => text.StartsWith("training.tokens_per_pass is 20 now, was 60, from iteration 1, step 3, on", StringComparison.Ordinal) && text.Contains("last bits", StringComparison.Ordinal));
        var (a, b) = (Weights(tiny["whole"]), Weights(tiny["run"]));
        for (var i = 0; i < a.Length; i++)
        {
            b[i].ShouldBe(a[i], 1e-4);
        }

        File.ReadAllText(new RunFolder(tiny["run"]).Report).ShouldContain("training.tokens_per_pass: 60 until then, 20 from iteration 1, step 3 on; the last bits");
        // Later starts with the same recipe say nothing new.
        tiny.Run(smaller, "run");
        Changes(tiny["run"]).Length.ShouldBe(4);
    }

    [Fact]
    public void Generation_goes_on_with_a_smaller_batch_and_keeps_what_is_there()
    {
        using var tiny = new TinyRun();
        File.AppendAllLines(tiny.Train, File.ReadAllLines(tiny.Train).Select((line, i) => line.Replace("{\"question\": \"", $"{{\"question\": \"{i} and ", StringComparison.Ordinal)));
        var recipe = tiny.Recipe() with { Generation = new GenerationSettings { MaxNewTokens = 8, BatchSize = 1 } };
        var whole = tiny.Run(recipe, "whole");
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "run", value => { if (value is Generated { Iteration: 1, Progress.Done: >= WavePlan.BatchesPerWave }) { stop.Cancel(); } }, stop.Token));
        var path = new RunFolder(tiny["run"]).Responses(1);
        var before = File.ReadAllText(path);
        before.Split('\n').Length.ShouldBe(WavePlan.BatchesPerWave + 1);

        tiny.Run(recipe with { Generation = recipe.Generation with { BatchSize = 3 } }, "run");

        File.ReadAllText(path).ShouldStartWith(before);
        ResponseFile.Read(path).Select(line => line.Index).ShouldBe(ResponseFile.Read(new RunFolder(whole).Responses(1)).Select(line => line.Index));
        ResponseFile.BatchSizesOf(path).Earlier.ShouldBe([new EarlierBatches(WavePlan.BatchesPerWave, 1)]);
        var change = Changes(tiny["run"]).ShouldHaveSingleItem();
        (change.Field, change.SameBytes, change.Iteration, change.Step).ShouldBe(("generation.batch_size", false, 1, 0));
        // A file that is whole stays as it is.
        ResponseFile.BatchSizeOf(new RunFolder(tiny["run"]).Responses(0)).ShouldBe(1);
    }

    [Fact]
    public void A_run_that_met_a_NaN_goes_on_with_the_cure_that_its_message_names()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Training = recipe.Training with { LearningRate = [1e-3, 1e38], WarmupShare = 0, ClipNorm = null } };
        var message = Should.Throw<NonFiniteException>(() => tiny.Run(recipe, "run")).Message;
        message.ShouldContain("Continue with a smaller training.learning_rate for this iteration");
        // As a recipe that was read would have it: 1e38 is out of its range.
        File.WriteAllText(tiny["run", "recipe.yaml"], File.ReadAllText(tiny["run", "recipe.yaml"]).Replace("1e38", "1", StringComparison.Ordinal));
        var cured = recipe with { Training = recipe.Training with { LearningRate = [1e-3, 1e-4] } };
        tiny.Run(cured, "run");
        File.Delete(tiny["run", "iteration-01", "failed-batch.json"]);
        ShouldEndAs(TinyRun.Outcome(tiny.Run(cured, "whole")), tiny["run"]);

        // The rate of a finished iteration cannot change any more; the message gives the list that can be continued.
        var late = Should.Throw<TSpinException>(() => tiny.Run(recipe with { Training = cured.Training with { LearningRate = [1e-4] } }, "run")).Message;
        late.ShouldContain("training.learning_rate of iteration 0, which is finished, is 0.0001, was 0.001");
        late.ShouldContain("--set 'training.learning_rate=[0.001, 0.0001]'");
    }

    [Fact]
    public void A_smaller_rate_begins_the_iteration_under_way_again()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "run", value => { if (value is Stepped { Iteration: 1, Metrics.Step: 2 }) { stop.Cancel(); } }, stop.Token));
        var slower = recipe with { Training = recipe.Training with { LearningRate = [1e-3, 1e-4] } };
        tiny.Run(slower, "run");
        ShouldEndAs(TinyRun.Outcome(tiny.Run(slower, "whole")), tiny["run"]);
        Changes(tiny["run"]).ShouldHaveSingleItem().SameBytes.ShouldBeTrue();
    }

    [Theory]
    [InlineData(true, "which the run starts from, computes them. Start a new run (--run NAME)")]
    [InlineData(false, "Training in iteration 0 has diverged. Delete ")]
    public void Logits_that_are_no_numbers_name_a_cure_that_the_run_accepts(bool atTheStart, string part)
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        recipe = recipe with { Evaluation = new EvaluationSettings() };
        if (atTheStart)
        {
            Ruin(tiny["model", "model.safetensors"]);
        }

        var error = Should.Throw<TSpinException>(() => tiny.Run(recipe, "run", value =>
        {
            if (!atTheStart && value is StageStarted { Iteration: 1, Stage: "synthetic responses" })
            {
                TinyRun.Snapshot(tiny["run"], tiny["ruined"]);
                throw new TSpinException("stopped here");
            }
        }));
        if (!atTheStart)
        {
            // As if training had ended in weights that are numbers and compute none.
            Ruin(tiny["ruined", "iteration-00", "checkpoint", "model.safetensors"]);
            var manifest = RunManifest.Open(tiny["ruined"]);
            manifest.Add(Path.Combine("iteration-00", "checkpoint"));
            error = Should.Throw<TSpinException>(() => tiny.Run(recipe, "ruined"));
        }

        (error.ExitCode, error.Message.Contains(part, StringComparison.Ordinal)).ShouldBe((4, true), error.Message);
        if (!atTheStart)
        {
            Directory.Delete(tiny["ruined", "iteration-00"], recursive: true);
            var manifest = RunManifest.Open(tiny["ruined"]);
            manifest.Remove("iteration-00");
            tiny.Run(recipe with { Training = recipe.Training with { LearningRate = [1e-4, 1e-3] } }, "ruined");
        }
    }

    private static void Ruin(string weights)
    {
        var bytes = File.ReadAllBytes(weights);
        bytes.AsSpan(bytes.Length - 4000).Fill(0x7f);    // 3.4e38
        File.WriteAllBytes(weights, bytes);
    }

    private static void Stop(TinyRun tiny, Recipe recipe, string name)
    {
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, name, value => { if (value is Stepped) { stop.Cancel(); } }, stop.Token));
    }

    private static RecipeChange[] Changes(string run) => [.. JsonLinesReader.Read<RecipeChange>(new RunFolder(run).Changes)];

    // What was changed on the way stands in these two; all else must be the same.
    private static void ShouldEndAs(SortedDictionary<string, string> expected, string run)
    {
        var outcome = TinyRun.Outcome(run);
        foreach (var name in (string[])["recipe.yaml", "changes.jsonl"])
        {
            expected.Remove(name);
            outcome.Remove(name);
        }

        outcome.ShouldBe(expected);
    }

    private static double[] Weights(string run)
    {
        using var model = DecoderLoader.Load(new RunFolder(run).LatestCheckpoint()!);
        return [.. model.Parameters.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Value.To(DType.Float64).Sum().Item())];
    }
}
