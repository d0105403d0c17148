using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;
using TSpin.Tests.Files;
using TSpin.Tokenizers;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.SelfPlay;

public sealed class RunFaultTests
{
    [Fact]
    public void Another_recipe_in_the_folder_is_refused_with_the_fields_that_changed()
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe());
        tiny.Run(recipe, "run");
        var before = File.ReadAllText(tiny["run", "run.json"]);
        // 6 is what evaluation.max_new_tokens is: a comparison of lines as a set would not see it.
        var other = recipe with { Generation = recipe.Generation with { MaxNewTokens = 6, Stop = ["x"] }, Objective = recipe.Objective with { Beta = 0.3 } };
        var message = Should.Throw<TSpinException>(() => tiny.Run(other, "run")).Message;
        message.ShouldContain("generation.max_new_tokens is 6, was 8");
        message.ShouldContain("generation.stop");
        message.ShouldContain("objective.beta is 0.3, was 0.1");
        message.ShouldContain("Use another name");
        File.ReadAllText(tiny["run", "run.json"]).ShouldBe(before);
        RecipeReader.Read(tiny["run", "recipe.yaml"], []).ShouldBe(recipe);
    }

    [Fact]
    public void A_folder_in_use_is_refused_and_the_run_in_it_goes_on()
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe());
        var tried = 0;
        tiny.Run(recipe, "run", value =>
        {
            if (value is Stepped { Metrics.Step: 1 })
            {
                tried++;
                Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message.ShouldContain("in use by");
            }
        });
        tried.ShouldBe(1);
        File.ReadAllText(tiny["run", "run.json"]).ShouldContain("finished");
    }

    [Theory]
    [InlineData("tspin")]
    [InlineData("sft")]
    public void A_tokenizer_of_another_model_is_noticed_before_any_training(string word)
    {
        var method = Methods.Named(word);
        using var tiny = new TinyRun();
        var lines = File.ReadAllLines(tiny.Train).Concat(Enumerable.Range(0, 500).Select(i => $"Ann figs more buys {i}")).ToArray();
        BpeTrainer.Train(lines, 330, ["<|end|>"], tiny["model", "tokenizer.json"]);
        var message = Should.Throw<TSpinException>(() => tiny.Run(tiny.Recipe(method), "run")).Message;
        message.ShouldContain("vocab_size is 280");
        File.Exists(tiny["run", "iteration-00", "metrics.jsonl"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("held-out.jsonl")]
    [InlineData("model/model.safetensors")]
    [InlineData("model/tokenizer.json")]
    public void A_source_that_changed_since_the_run_began_is_named(string source)
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "run", value =>
        {
            if (value is Stepped)
            {
                stop.Cancel();
            }
        }, stop.Token));

        var before = File.ReadAllBytes(tiny[source]);
        File.WriteAllBytes(tiny[source], [.. before[..^1], (byte)(before[^1] ^ 1)]);
        var message = Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message;
        message.ShouldContain(tiny[source]);
        message.ShouldContain("changed since this run began");
        File.WriteAllBytes(tiny[source], before);
        tiny.Run(recipe, "run");
    }

    [Theory]
    [InlineData("examples.jsonl")]
    [InlineData("iteration-00/responses.jsonl")]
    [InlineData("iteration-01/responses.jsonl")]
    [InlineData("iteration-00/checkpoint/model.safetensors")]
    [InlineData("iteration-00/checkpoint/config.json")]
    [InlineData("iteration-00/evaluation.json")]
    [InlineData("iteration-00/evaluation-answers.jsonl")]
    [InlineData("iteration-00/metrics.jsonl")]
    [InlineData("iteration-01/triplets-metrics.jsonl")]
    public void A_damaged_artifact_is_named(string artifact)
    {
        using var tiny = new TinyRun();
        tiny.Run(tiny.Recipe(), "run");
        var path = tiny["run", artifact];
        var bytes = File.ReadAllBytes(path);

        File.WriteAllBytes(path, bytes[..^5]);
        Message().ShouldStartWith($"{path}: truncated");
        File.WriteAllBytes(path, [.. bytes[..^5], (byte)(bytes[^5] ^ 1), .. bytes[^4..]]);
        Message().ShouldStartWith($"{path}: altered");
        File.Delete(path);
        Message().ShouldStartWith($"{path}: finished at");
        File.WriteAllBytes(path, bytes);
        tiny.Run(tiny.Recipe(), "run");

        string Message() => Should.Throw<TSpinException>(() => tiny.Run(tiny.Recipe(), "run")).Message;
    }

    [Fact]
    public void Altered_float32_masters_are_named()
    {
        using var tiny = new TinyRun(DType.BFloat16);
        tiny.Run(tiny.Recipe(), "run", value =>
        {
            if (value is StageStarted { Iteration: 1, Stage: "training" })
            {
                TinyRun.Snapshot(tiny["run"], tiny["killed"]);
            }
        });
        var path = tiny["killed", "iteration-00", "masters", "model.safetensors"];
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Should.Throw<TSpinException>(() => tiny.Run(tiny.Recipe(), "killed")).Message.ShouldStartWith($"{path}: altered");
    }

    [Theory]
    [InlineData("run.json", "Delete this file")]
    [InlineData("environment.json", "compute_type")]
    [InlineData("manifest.json", "not a manifest")]
    public void Garbage_in_a_record_of_the_run_is_named(string name, string part)
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe());
        tiny.Run(recipe, "run");
        foreach (var garbage in (string[])["", "[]", "{\"compute_type\":\"int64\",\"started\":3}", "\0\0"])
        {
            File.WriteAllText(tiny["run", name], garbage);
            var message = Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message;
            message.ShouldStartWith(tiny["run", name]);
            message.ShouldContain(part);
        }
    }

    [Fact]
    public void A_reference_file_of_other_length_is_named()
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe(Methods.Spin));
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "run", value => { if (value is Stepped) { stop.Cancel(); } }, stop.Token));
        var path = tiny["run", "iteration-00", "reference-log-probs.jsonl"];
        var lines = File.ReadAllLines(path);
        lines.Length.ShouldBe(6);
        File.WriteAllLines(path, lines[1..]);
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message.ShouldStartWith($"{path}: has 5 lines for 6 triplets");
        File.Delete(path);
    }

    [Theory]
    [InlineData(CheckpointKeeping.All, 3)]
    [InlineData(CheckpointKeeping.Last, 1)]
    [InlineData(CheckpointKeeping.Best, 1)]
    public void Checkpoints_are_kept_as_told_also_when_deleting_was_interrupted(CheckpointKeeping keep, int count)
    {
        using var tiny = new TinyRun(DType.BFloat16);
        var recipe = tiny.Recipe();
        recipe = recipe with { Training = recipe.Training with { Iterations = 3 }, Checkpoints = new CheckpointSettings { Keep = keep } };
        tiny.Run(recipe, "run", value =>
        {
            if (value is Evaluated { Iteration: 1 })
            {
                TinyRun.Snapshot(tiny["run"], tiny["killed"]);
            }
        });
        var kept = Checkpoints("run");
        kept.Length.ShouldBe(count);
        // None is right in any iteration, so the best is the one that finds the annotated answers likeliest.
        var likeliest = Enumerable.Range(0, 3).MaxBy(t => EvaluationFiles.ReadResult(tiny["run", $"iteration-{t:D2}", "evaluation.json"]).First.AnnotatedLogProbPerToken);
        kept[0].ShouldBe(keep switch { CheckpointKeeping.Last => "iteration-02/checkpoint", CheckpointKeeping.Best => $"iteration-{likeliest:D2}/checkpoint", _ => "iteration-00/checkpoint" });
        Directory.GetDirectories(tiny["run"], "masters*", SearchOption.AllDirectories).ShouldBeEmpty();
        using var loaded = DecoderLoader.Load(tiny["run", kept[0]]);

        if (keep == CheckpointKeeping.Last)
        {
            // The kill came while the first checkpoint was being deleted.
            Directory.Move(tiny["killed", "iteration-00", "checkpoint"], tiny["killed", "iteration-00", "checkpoint.old.tmp"]);
            File.Delete(tiny["killed", "iteration-00", "checkpoint.old.tmp", "config.json"]);
        }

        tiny.Run(recipe, "killed");
        TinyRun.Outcome(tiny["killed"]).ShouldBe(TinyRun.Outcome(tiny["run"]));

        Directory.Delete(tiny["run", kept[0]], recursive: true);
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message.ShouldContain("but missing now");

        string[] Checkpoints(string name) =>
            [.. Directory.GetDirectories(tiny[name], "checkpoint*", SearchOption.AllDirectories).Select(folder => Path.GetRelativePath(tiny[name], folder)).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData("sft")]
    [InlineData("tspin")]
    public void A_step_that_is_not_finite_stops_the_run_with_its_batch_saved(string word)
    {
        var method = Methods.Named(word);
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(method);
        recipe = recipe with { Training = recipe.Training with { LearningRate = [1e38], WarmupShare = 0, ClipNorm = null } };
        var error = Should.Throw<NonFiniteException>(() => tiny.Run(recipe, "run"));
        error.ExitCode.ShouldBe(4);
        var path = tiny["run", "iteration-00", "failed-batch.json"];
        error.Message.ShouldContain(path);
        error.Message.ShouldContain("step 2");
        error.Message.ShouldContain("training.learning_rate");
        using var saved = JsonDocument.Parse(File.ReadAllText(path));
        var batch = saved.RootElement.GetProperty("batch").EnumerateArray().ToArray();
        batch.Length.ShouldBe(2);   // the short step of the first epoch
        batch[0].GetProperty("annotated").GetArrayLength().ShouldBeGreaterThan(5);
        File.ReadAllText(tiny["run", "run.json"]).ShouldContain("stopped");
        File.Exists(tiny["run", "report.html"]).ShouldBeTrue();
    }

    [Fact]
    public void A_last_step_that_ruins_the_weights_makes_no_checkpoint()
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe(Methods.Sft));
        recipe = recipe with { Training = recipe.Training with { Epochs = 1, BatchSize = 6, LearningRate = [3e38], WarmupShare = 0 }, Evaluation = new EvaluationSettings() };
        var error = Should.Throw<NonFiniteException>(() => tiny.Run(recipe, "run"));
        error.ExitCode.ShouldBe(4);
        Directory.Exists(tiny["run", "iteration-00", "checkpoint"]).ShouldBeFalse();
    }

    [Fact]
    public void A_read_only_folder_is_a_clear_fault()
    {
        using var tiny = new TinyRun();
        using var disk = new SmallDisk(64);
        disk.MakeReadOnly();
        var message = Should.Throw<TSpinException>(() => new SelfPlayRun(tiny.Recipe(), disk["run"]).Run()).Message;
        message.ShouldStartWith(disk.Path);
        message.ShouldContain("can't be written");
    }

    [Fact]
    public void A_disk_full_at_any_point_leaves_a_run_that_can_go_on()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(Methods.TSpinRef);
        recipe = recipe with { Training = recipe.Training with { SaveEverySteps = 2 }, Checkpoints = new CheckpointSettings { Keep = CheckpointKeeping.Last } };
        var undisturbed = TinyRun.Outcome(tiny.Run(recipe, "run"));
        using var disk = new SmallDisk(4096);
        foreach (var free in (int[])[4, 12, 24, 40, 64, 96, 128, 160, 192, 256])
        {
            var run = disk[$"run-{free}"];
            var ballast = disk["ballast"];
            File.WriteAllBytes(ballast, new byte[new DriveInfo(disk.Path).AvailableFreeSpace - (free * 1024)]);
            var message = Should.Throw<TSpinException>(() => new SelfPlayRun(recipe, run).Run()).Message;
            (message.Contains("free", StringComparison.Ordinal) || message.Contains("space", StringComparison.Ordinal)).ShouldBeTrue(message);
            File.Delete(ballast);
            new SelfPlayRun(recipe, run).Run();
            TinyRun.Outcome(run).ShouldBe(undisturbed, $"with {free} KiB");
            Directory.Delete(run, recursive: true);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Space_is_asked_for_before_training_begins(int saveEverySteps)
    {
        using var tiny = new TinyRun(DType.BFloat16);
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Training = recipe.Training with { SaveEverySteps = saveEverySteps }, Evaluation = new EvaluationSettings() };
        using var disk = new SmallDisk(4096);
        var parameters = DecoderConfigReader.Read(tiny.Model).ParameterCount;
        // Room for what is written before training, and for a checkpoint, but not for all that goes with it.
        var ballast = disk["ballast"];
        File.WriteAllBytes(ballast, new byte[new DriveInfo(disk.Path).AvailableFreeSpace - (40 * 1024) - (6 * parameters)]);
        var steps = 0;
        var message = Should.Throw<TSpinException>(() => new SelfPlayRun(recipe, disk["run"], new Relay<RunEvent>(value => steps += value is Stepped ? 1 : 0)).Run()).Message;
        steps.ShouldBe(0);
        message.ShouldContain("a checkpoint of ");
        message.ShouldContain("float32 weights of ");
        message.ShouldContain("the state to continue from of ");
        message.ShouldContain("are free there");
        File.Delete(ballast);
        new SelfPlayRun(recipe, disk["run"]).Run();
    }

    [Fact]
    public void What_killed_processes_left_half_written_goes_at_the_next_start()
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe(Methods.Sft));
        string[] files = [tiny["run", "manifest.json.4194305.tmp"], tiny["run", "iteration-00", "training-state.safetensors.4194304-3.tmp"], tiny["run", "iteration-07", "masters.77.tmp", "model.safetensors"]];
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, new byte[5000]);
        }

        var mine = tiny["run", "notes.tmp"];
        File.WriteAllText(mine, "not ours");
        var notices = new List<string>();
        tiny.Run(recipe, "run", value => { if (value is Noticed notice) { notices.Add(notice.Text); } });
        files.ShouldAllBe(file => !File.Exists(file));
        Directory.Exists(tiny["run", "iteration-07", "masters.77.tmp"]).ShouldBeFalse();
        File.Exists(mine).ShouldBeTrue();
        notices.ShouldContain(text => text.StartsWith("removed 14.6 KiB of half-written files", StringComparison.Ordinal));
    }

    [Fact]
    public void A_response_that_cannot_be_trained_is_found_before_anything_is_generated()
    {
        using var tiny = new TinyRun();
        // Only the answers hold the character whose id lies beyond the embedding: the prompts alone say nothing.
        var lines = File.ReadAllLines(tiny.Train);
        AddFarToken(tiny);
        lines[^1] = lines[^1].Replace("figs.", "figs <far>.", StringComparison.Ordinal);
        File.WriteAllLines(tiny.Train, lines);
        ShouldFailEarly(tiny, tiny.Recipe(), "vocab_size is 280");
    }

    [Fact]
    public void A_held_out_answer_that_cannot_be_scored_is_found_before_anything_is_generated()
    {
        using var tiny = new TinyRun();
        AddFarToken(tiny);
        File.WriteAllText(tiny.HeldOut, File.ReadAllText(tiny.HeldOut).Replace("figs.", "figs <far>.", StringComparison.Ordinal));
        var recipe = tiny.Recipe();
        ShouldFailEarly(tiny, recipe with { Evaluation = recipe.Evaluation with { Initial = false } }, "vocab_size is 280");
    }

    [Fact]
    public void A_template_that_writes_no_answer_after_its_prompt_is_found_before_anything_is_generated()
    {
        using var tiny = new TinyRun();
        var template = tiny["mine.jinja"];
        File.WriteAllText(template, "{% if messages[-1].role == 'assistant' %}other {% endif %}{% for m in messages %}{{ m.content }}|{% endfor %}");
        var recipe = tiny.Recipe();
        ShouldFailEarly(tiny, recipe with { Prompt = recipe.Prompt with { Template = template } }, "mine.jinja");
    }

    [Fact]
    public void A_temperature_that_cannot_be_sampled_at_is_found_before_anything_is_generated()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        recipe = recipe with { Generation = recipe.Generation with { Temperature = 1e-9 }, Evaluation = new EvaluationSettings() };
        ShouldFailEarly(tiny, recipe, "Temperature is 1E-09");
        var fault = Should.Throw<RecipeException>(() => RecipeReader.Parse(RecipeWriter.Write(recipe), "r.yaml", []));
        fault.Message.ShouldContain("generation.temperature");
        fault.Message.ShouldContain("use 0 for the most probable token");
    }

    [Fact]
    public void A_learning_rate_of_0_in_every_step_is_an_alarm_before_anything_is_generated()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        recipe = recipe with { Training = recipe.Training with { BatchSize = 64, Epochs = 1, Iterations = 1 } };
        var events = new List<RunEvent>();
        tiny.Run(recipe, "run", events.Add);
        var alarm = events.FindIndex(value => value is Noticed { IsAlarm: true, Text: var text } && text.StartsWith("learning-rate-zero: an iteration has 1 optimizer step, and with training.warmup_share 0.1", StringComparison.Ordinal));
        alarm.ShouldBeGreaterThanOrEqualTo(0);
        alarm.ShouldBeLessThan(events.FindIndex(value => value is Generated));
        File.ReadAllText(tiny["run", "alarms.jsonl"]).ShouldContain("learning-rate-zero");
        RunPlan.Of(recipe).ToText().ShouldContain("warning");
        // With a step more there is one that learns.
        RunPlan.Of(recipe with { Training = recipe.Training with { Epochs = 2 } }).Warning.ShouldBeNull();
    }

    [Fact]
    public void Answers_cut_at_the_limit_are_counted_and_more_than_half_are_an_alarm()
    {
        using var tiny = new TinyRun();
        var alarms = new List<string>();
        tiny.Run(OneIteration(tiny.Recipe()), "run", value => { if (value is Noticed { IsAlarm: true } alarm) { alarms.Add(alarm.Text); } });
        // A random model ends hardly ever.
        var folder = new RunFolder(tiny["run"]);
        var lines = ResponseFile.Read(folder.Responses(0)).ToArray();
        var share = (double)lines.Count(line => line.FinishReason == FinishReason.Length) / lines.Length;
        share.ShouldBeGreaterThan(0.5);
        var metrics = JsonSerializer.Deserialize<ResponseMetrics>(File.ReadAllText(folder.ResponseMetrics(0)), JsonLinesFormat.Default)!;
        metrics.ShouldBe(new ResponseMetrics(lines.Length, share, lines.Average(line => line.Tokens.Length)));
        alarms.ShouldContain(text => text.StartsWith($"answers-cut: {100 * share:F0}% of the responses were cut at generation.max_new_tokens 8", StringComparison.Ordinal));
        alarms.ShouldContain(text => text.StartsWith("evaluation-cut: ", StringComparison.Ordinal));
        RunSummary.Read(folder.Path).Iterations[0].Responses!.CutShare.ShouldBe(share);
        File.ReadAllText(folder.Report).ShouldContain("answers-cut");
        File.ReadAllText(folder.Report).ShouldContain("y′ cut, %");
    }

    [Fact]
    public void Length_growth_compares_whole_iterations()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.Path);
        // The means of whole iterations are 163 and 182, whatever single batches have; then 400.
        Write(0, 60, 266);
        Write(1, 290, 74);
        Write(2, 400, 400);
        for (var t = 0; t < 3; t++)
        {
            ResponseMetrics.Record(run, t, new GenerationSettings { MaxNewTokens = 500 }, retried: 0, taught: 0, progress: null);
            ResponseMetrics.Record(run, t, new GenerationSettings { MaxNewTokens = 500 }, retried: 0, taught: 0, progress: null);
        }

        var alarm = JsonLinesReader.Read<TrainingAlarm>(run.Alarms).ShouldHaveSingleItem();
        (alarm.Iteration, alarm.Name).ShouldBe((2, "length-growth"));
        alarm.Message.ShouldStartWith("the responses of iteration 2 have 400 tokens on average, those of iteration 0 163.");

        void Write(int iteration, params int[] lengths)
        {
            using var log = new JsonLinesWriter<ResponseLine>(run.Responses(iteration));
            foreach (var (index, length) in lengths.Index())
            {
                log.Append(new ResponseLine(index, "p", "t", new int[length], new float[length], FinishReason.Eos, 1));
            }
        }
    }

    private static void AddFarToken(TinyRun tiny)
    {
        var path = tiny["model", "tokenizer.json"];
        var tokenizer = JsonNode.Parse(File.ReadAllText(path))!;
        tokenizer["added_tokens"]!.AsArray().Add(JsonNode.Parse(
            """{"id": 300, "content": "<far>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": false}"""));
        File.WriteAllText(path, tokenizer.ToJsonString());
    }

    private static void ShouldFailEarly(TinyRun tiny, Recipe recipe, string part)
    {
        var events = new List<RunEvent>();
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "run", events.Add)).Message.ShouldContain(part);
        events.ShouldNotContain(value => value is Generated || value is StageStarted);
        Directory.Exists(tiny["run", "iteration-00"]).ShouldBeFalse();
    }

    [Fact]
    public void Evaluation_on_training_prompts_is_noticed()
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe(Methods.Sft));
        var alarms = new List<Noticed>();
        tiny.Run(recipe with { Evaluation = recipe.Evaluation with { Data = [tiny.Train] } }, "run", value => { if (value is Noticed { IsAlarm: true } alarm) { alarms.Add(alarm); } });
        alarms.ShouldContain(alarm => alarm.Text.StartsWith("overlap-evaluation.data: of 6 examples of evaluation.data, 6 have a prompt of the annotated examples", StringComparison.Ordinal));
    }

    [Fact]
    public void Cut_prompts_and_responses_are_counted()
    {
        using var tiny = new TinyRun();
        var recipe = OneIteration(tiny.Recipe());
        var notices = new List<string>();
        tiny.Run(recipe with { Prompt = recipe.Prompt with { MaxPromptTokens = 10, MaxSequenceTokens = 15 } }, "run", value => { if (value is Noticed notice) { notices.Add(notice.Text); } });
        notices.ShouldContain("6 of 6 prompts cut to prompt.max_prompt_tokens 10 at the left");
        notices.ShouldContain("6 triplets: 18 responses cut at prompt.max_sequence_tokens");
    }

    [Fact]
    public void An_empty_data_set_is_a_clear_fault()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny.Train, "\n");
        Should.Throw<TSpinException>(() => tiny.Run(tiny.Recipe(), "run")).Message.ShouldContain(tiny.Train);
    }

    private static Recipe OneIteration(Recipe recipe) => recipe with { Training = recipe.Training with { Iterations = 1 } };
}
