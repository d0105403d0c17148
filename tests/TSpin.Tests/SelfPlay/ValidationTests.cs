using System.Text.Json;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>What a run keeps to choose by, what it measures on tasks of the harness, and where it ends.</summary>
public sealed class ValidationTests
{
    [Fact]
    public void Validation_examples_are_measured_and_never_trained_on()
    {
        using var tiny = new TinyRun();
        var said = new List<string>();
        var recipe = tiny.Recipe();
        var run = tiny.Run(recipe with { Data = recipe.Data with { Validation = "2" } }, "run", value => { if (value is Noticed notice) { said.Add(notice.Text); } });
        said.ShouldContain("6 of 6 annotated examples (Gsm8k): 4 to train on, 2 to validate with");
        string[] kept = [.. Prompts(run, "validation.jsonl")], trained = [.. Prompts(run, "examples.jsonl")];
        (kept.Length, trained.Length).ShouldBe((2, 4));
        trained.Intersect(kept).ShouldBeEmpty();
        File.ReadLines(Path.Combine(run, "iteration-00", "responses.jsonl")).Count().ShouldBe(4);
        var evaluation = EvaluationFiles.ReadResult(Path.Combine(run, "iteration-01", "evaluation.json"));
        evaluation.Results.Select(result => (result.Task, result.Examples)).ShouldBe([("validation", 2), ("gsm8k", 2)]);
        evaluation.Results[0].Metrics.Select(metric => metric.Key).ShouldBe(["exact_match,strict-match", "exact_match,flexible-extract"]);
        EvaluationFiles.ReadAnswers(Path.Combine(run, "iteration-01", "evaluation-answers.jsonl"), []).Where(answer => answer.Task == "validation").Count().ShouldBe(2);
        RunManifest.Open(run).Verify("validation.jsonl");
        // Continued, it keeps them.
        tiny.Run(recipe with { Data = recipe.Data with { Validation = "2" } }, "run");
        Should.Throw<TSpinException>(() => tiny.Run(recipe with { Data = recipe.Data with { Validation = "1" } }, "run")).Message.ShouldContain("data.validation is \"1\", was \"2\"");
        // Counted as annotated data, as the examples trained on are.
        TSpin.Reports.RunSummary.Read(run).AnnotatedExamples.ShouldBe(6);
    }

    [Fact]
    public void A_file_and_labels_serve_too()
    {
        using var tiny = new TinyRun();
        File.WriteAllLines(tiny["labels.jsonl"], ["""{"question": "Is it a fig?", "answer": "yes"}""", """{"question": "Is it a pear?", "answer": "no"}"""]);
        File.WriteAllLines(tiny["texts.jsonl"], [$$"""{"question": "Tell of figs.", "answer": "{{string.Concat(Enumerable.Repeat("Figs are fine. ", 8))}}"}"""]);
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 1 }, Evaluation = recipe.Evaluation with { Data = null } };
        foreach (var (file, metrics) in new[] { ("labels.jsonl", 1), ("texts.jsonl", 0) })
        {
            var run = tiny.Run(recipe with { Data = recipe.Data with { Validation = tiny[file] } }, "run of " + file);
            var result = EvaluationFiles.ReadResult(Path.Combine(run, "iteration-00", "evaluation.json")).Results.ShouldHaveSingleItem();
            result.Metrics.Count.ShouldBe(metrics);
            result.AnnotatedLogProbPerToken.ShouldNotBeNull().ShouldBeLessThan(0);
            File.ReadLines(Path.Combine(run, "examples.jsonl")).Count().ShouldBe(6);
            if (metrics == 0)
            {
                // Of what nobody judges the likelihood of each answer is written down.
                var answer = EvaluationFiles.ReadAnswers(Path.Combine(run, "iteration-00", "evaluation-answers.jsonl"), []).ShouldHaveSingleItem();
                answer.Scores[ValidationTask.LikelihoodKey].ShouldBe(result.AnnotatedLogProbPerToken!.Value, 1e-9);
                answer.Answer.ShouldBeEmpty();
            }
        }
    }

    [Fact]
    public void A_judge_scores_what_is_neither_number_nor_label()
    {
        using var tiny = new TinyRun();
        File.WriteAllLines(tiny["texts.jsonl"], Enumerable.Range(0, 3).Select(i =>
            $$"""{"question": "Tell of {{i}} figs.", "answer": "{{i}} figs\nare fine."}"""));
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with
        {
            Data = recipe.Data with { Validation = tiny["texts.jsonl"] },
            Training = recipe.Training with { Iterations = 1, Epochs = 1 },
            // Half a point for each answer but the one to 2 figs.
            Evaluation = recipe.Evaluation with { Data = null, Judge = """sed 's/.*Tell of 2.*reference.*/0/; s/^{.*/0.5/'""" },
        };
        var run = tiny.Run(recipe, "run");
        var result = EvaluationFiles.ReadResult(Path.Combine(run, "iteration-00", "evaluation.json")).Results.ShouldHaveSingleItem();
        result.Metrics[0].Key.ShouldBe("judge,none");
        result.Metrics[0].Value.ShouldBe(1.0 / 3, 1e-12);
        RecipeReader.Read(Path.Combine(run, "recipe.yaml"), []).ShouldBe(recipe);
        Should.Throw<TSpinException>(() => tiny.Run(
            recipe with { Evaluation = recipe.Evaluation with { Judge = "false" } }, "other")).Message.ShouldContain("evaluation.judge: the judge \"false\" ended with exit code 1");
    }

    [Fact]
    public void A_run_ends_when_nothing_gets_better_and_keeps_the_best()
    {
        using var tiny = new TinyRun();
        var said = new List<string>();
        var recipe = tiny.Recipe();
        // A rate of nothing that matters first, then one that ruins the model.
        recipe = recipe with
        {
            Data = recipe.Data with { Validation = "2" },
            Training = recipe.Training with { Iterations = 6, LearningRate = [1e-4, 0.3, 0.3, 0.3, 0.3, 0.3], Stop = new() { Patience = 2, Metric = "validation/nats_per_token" } },
            Checkpoints = recipe.Checkpoints with { Keep = CheckpointKeeping.Best },
        };
        void Watch(RunEvent value)
        {
            if (value is Noticed notice)
            {
                said.Add(notice.Text);
            }
        }

        var run = tiny.Run(recipe, "run", Watch);
        said.ShouldContain("the run ends here: validation/nats_per_token was best in iteration 0, and 2 iterations since were not better (training.stop.patience)");
        Directory.Exists(Path.Combine(run, "iteration-03")).ShouldBeFalse();
        Enumerable.Range(0, 3).Where(t => Directory.Exists(Path.Combine(run, $"iteration-{t:D2}", "checkpoint"))).ShouldBe([0]);
        var status = JsonElement.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        (status.GetProperty("status").GetString(), status.GetProperty("stopped_after").GetInt32()).ShouldBe(("finished", 2));
        // Started again, it is over, and says so again.
        var outcome = TinyRun.Outcome(run);
        said.Clear();
        tiny.Run(recipe, "run", Watch);
        said.ShouldContain(text => text.StartsWith("the run ends here", StringComparison.Ordinal));
        TinyRun.Outcome(run).ShouldBe(outcome);
    }

    [Fact]
    public void Tasks_of_the_harness_are_asked_after_every_iteration()
    {
        using var tiny = new TinyRun();
        Directory.CreateDirectory(tiny["data", "allenai", "ai2_arc", "ARC-Easy"]);
        foreach (var split in (string[])["test", "train"])
        {
            File.WriteAllLines(tiny["data", "allenai", "ai2_arc", "ARC-Easy", $"{split}.jsonl"], Enumerable.Range(0, 5).Select(i =>
                $$"""{"question": "{{split}} {{i}}?", "choices": {"text": ["{{i}}", "{{i + 1}}", "none"], "label": ["A", "B", "C"]}, "answerKey": "{{"AB"[i % 2]}}"}"""));
        }

        var recipe = tiny.Recipe();
        recipe = recipe with
        {
            Training = recipe.Training with { Iterations = 1, Stop = new() { Metric = "arc_easy/acc_norm" } },
            Evaluation = recipe.Evaluation with { Tasks = ["gsm8k", "arc_easy"], Datasets = tiny["data"], Limit = 4, NumFewshot = 2 },
        };
        var run = tiny.Run(recipe, "run");
        var evaluation = EvaluationFiles.ReadResult(Path.Combine(run, "iteration-00", "evaluation.json"));
        evaluation.Results.Select(result => (result.Task, result.Examples)).ShouldBe([("gsm8k", 2), ("arc_easy", 4)]);
        evaluation.Results[1].Metrics.Select(metric => metric.Key).ShouldBe(["acc,none", "acc_norm,none"]);
        RecipeReader.Read(Path.Combine(run, "recipe.yaml"), []).ShouldBe(recipe);
        RunPlan.Of(recipe).EvaluationExamples.ShouldBe(6);

        // The datasets are sources: changed ones would compare what cannot be compared.
        File.AppendAllText(tiny["data", "allenai", "ai2_arc", "ARC-Easy", "test.jsonl"], "\n");
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message.ShouldContain("test.jsonl: changed since this run began");
        // What is missing is said before anything is computed.
        var stages = new List<string>();
        Should.Throw<TSpinException>(() => tiny.Run(
            recipe with { Evaluation = recipe.Evaluation with { Tasks = ["hellaswag"] }, Training = recipe.Training with { Stop = new() } }, "other", value => { if (value is StageStarted stage) { stages.Add(stage.Stage); } }))
            .Message.ShouldContain("huggingface.co/datasets/Rowan/hellaswag");
        stages.ShouldBeEmpty();
    }

    [Fact]
    public void A_task_of_the_users_own_is_asked_too()
    {
        using var tiny = new TinyRun();
        File.WriteAllLines(tiny["rows.jsonl"], Enumerable.Range(0, 3).Select(i => $$"""{"question": "{{i}}+1?", "answer": "{{i + 1}}"}"""));
        File.WriteAllText(tiny["sums.yaml"], """
            data: rows.jsonl
            doc_to_text: "{{question}}"
            doc_to_target: "{{answer}}"
            generation_kwargs:
              max_gen_toks: 3
            """);
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 1 }, Evaluation = recipe.Evaluation with { Data = null, Tasks = [tiny["sums.yaml"]] } };
        var run = tiny.Run(recipe, "run");
        var result = EvaluationFiles.ReadResult(Path.Combine(run, "iteration-00", "evaluation.json")).Results.ShouldHaveSingleItem();
        (result.Task, result.Examples).ShouldBe(("sums", 3));
        result.Metrics[0].Name.ShouldBe("exact_match");
        result.AnnotatedLogProbPerToken.ShouldNotBeNull();
        File.AppendAllText(tiny["rows.jsonl"], "\n");
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "run")).Message.ShouldContain("rows.jsonl: changed since this run began");
    }

    [Fact]
    public void A_task_whose_answers_leave_no_room_is_refused_before_anything_is_computed()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["rows.jsonl"], """{"question": "1+1?", "answer": "2"}""");
        File.WriteAllText(tiny["sums.yaml"], """
            data: rows.jsonl
            doc_to_text: "{{question}}"
            doc_to_target: "{{answer}}"
            """);
        var recipe = tiny.Recipe();
        recipe = recipe with { Evaluation = recipe.Evaluation with { Data = null, Tasks = [tiny["sums.yaml"]] } };
        const string fault = "task sums: answers of up to 256 tokens leave no room for a question: the model has 160 positions. "
            + "Lower generation_kwargs.max_gen_toks where the task's file is yours";
        var stages = new List<string>();
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "run", value =>
        {
            if (value is StageStarted stage)
            {
                stages.Add(stage.Stage);
            }
        })).Message.ShouldContain(fault);
        stages.ShouldBeEmpty();
        Should.Throw<TSpinException>(() => RunPlan.Of(recipe)).Message.ShouldContain(fault);
    }

    [Fact]
    public void A_kill_inside_an_evaluation_repeats_no_finished_answers()
    {
        using var tiny = new TinyRun();
        // Twelve problems one by one are a wave of eight and a wave of four.
        File.WriteAllLines(tiny.HeldOut, Enumerable.Range(0, 12).Select(i => $$"""{"question": "{{i}}+1?", "answer": "#### {{i + 1}}"}"""));
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 1 }, Evaluation = recipe.Evaluation with { BatchSize = 1 } };
        tiny.Run(recipe, "run");
        var waves = new List<int>();
        // The starting model takes two waves, and so does the trained one.
        Should.Throw<OperationCanceledException>(() => new SelfPlayRun(recipe, tiny["killed"], engine: new WatchedEngine(prompts =>
        {
            waves.Add(prompts);
            if (waves.Count == 4)
            {
                throw new OperationCanceledException();
            }
        })).Run());
        waves.ShouldBe([8, 4, 8, 4]);
        File.ReadLines(tiny["killed", "iteration-00", "evaluation-work", "0000-answers.jsonl"]).Count().ShouldBe(8);
        waves.Clear();
        new SelfPlayRun(recipe, tiny["killed"], engine: new WatchedEngine(waves.Add)).Run();
        waves.ShouldBe([4]);
        TinyRun.Outcome(tiny["killed"]).ShouldBe(TinyRun.Outcome(tiny["run"]));
        Directory.Exists(tiny["killed", "iteration-00", "evaluation-work"]).ShouldBeFalse();
    }

    [Fact]
    public void A_metric_that_is_not_measured_is_refused_after_the_first_evaluation()
    {
        using var tiny = new TinyRun();
        var stages = new List<string>();
        var recipe = tiny.Recipe();
        Should.Throw<TSpinException>(() => tiny.Run(
            recipe with { Training = recipe.Training with { Stop = new() { Patience = 1, Metric = "gsm8k/acc" } } }, "run", value => { if (value is StageStarted stage) { stages.Add(stage.Stage); } }))
            .Message.ShouldContain("gsm8k has no \"acc\"");
        stages.ShouldBe(["evaluating the starting model"]);
    }

    [Fact]
    public void What_is_trained_on_and_measured_raises_an_alarm_once()
    {
        using var tiny = new TinyRun();
        File.WriteAllLines(tiny["held-out.jsonl"], File.ReadLines(tiny["train.jsonl"]).Take(2).Select(line => line.Replace("Ann", "ann", StringComparison.Ordinal)).Append("""{"question": "1+1?", "answer": "#### 2"}"""));
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 1 } };
        var run = tiny.Run(recipe, "run");
        tiny.Run(recipe, "run");
        var alarm = File.ReadLines(Path.Combine(run, "alarms.jsonl")).Where(line => line.Contains("overlap-", StringComparison.Ordinal)).ShouldHaveSingleItem();
        alarm.ShouldContain("of 3 examples of evaluation.data, 2 have a prompt of the annotated examples and 0 more share 13 words in a row");
    }

    private static IEnumerable<string> Prompts(string run, string file) =>
        File.ReadLines(Path.Combine(run, file)).Select(line => JsonElement.Parse(line).GetProperty("prompt").GetString()!);

    // The program's own engine, telling of every wave before it is computed.
    private sealed class WatchedEngine(Action<int> watch) : IGeneratorEngine
    {
        private readonly InProcessEngine _engine = new();

        public IGenerator Create(GeneratorPolicy policy, SamplingOptions options, IReadOnlyList<int> endIds) => new Watched(_engine.Create(policy, options, endIds), watch);

        private sealed class Watched(IGenerator inner, Action<int> watch) : IGenerator
        {
            public SamplingOptions Options => inner.Options;

            public IReadOnlyList<int> EndIds => inner.EndIds;

            public string ComputedIn => inner.ComputedIn;

            public void Check(IReadOnlyList<PromptTokens> prompts) => inner.Check(prompts);

            public int BatchSizeFor(IReadOnlyList<PromptTokens> prompts) => inner.BatchSizeFor(prompts);

            public IReadOnlyList<Response> GenerateWave(
                IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps = null, CancellationToken cancellation = default)
            {
                watch(prompts.Count);
                return inner.GenerateWave(prompts, seeds, batchSize, steps, cancellation);
            }
        }
    }
}
