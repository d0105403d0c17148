using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checks;
using TSpin.Evaluation.Harness;
using TSpin.Tests.Evaluation.Harness;
using TSpin.Tests.Models;
using Xunit;

namespace TSpin.Tests.Checks;

/// <summary>Every recorded run of lm-evaluation-harness: prompts, and what is judged from recorded answers; with models, what these find. And a record of our own, whole and damaged.</summary>
public sealed class HarnessCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Models => ["smollm2-135m-instruct", "stories260K"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Prompts_metrics_and_results_of_every_recorded_run_are_the_harness(string model)
    {
        var record = SharedFolder.Require("reference", "lm-eval-2", $"{model}.jsonl");
        // The tokenizer's folder has a chat template and no weights.
        var report = HarnessCheck.Run(record, SharedFolder.Require("data", "tokenizers", "smollm2-135m-instruct"));
        report.Fault.ShouldBeNull();
        report.FirstMisses.ShouldBeEmpty();
        report.Passed.ShouldBeTrue();
        report.Quantities.Select(quantity => quantity.Name).ShouldBe(
            ["documents", "targets", "requests", "contexts", "continuations", "metrics", "results", "generation settings", "filtered answers"], ignoreOrder: true);
    }

    [Fact]
    public void A_small_model_finds_and_writes_what_the_harness_recorded_of_it()
    {
        var report = HarnessCheck.Run(SharedFolder.Require("reference", "lm-eval-2", "stories260K.jsonl"), SharedFolder.Require("data", "models", "stories260K", "hf"));
        report.Fault.ShouldBeNull();
        report.FirstMisses.ShouldBeEmpty();
        report.Passed.ShouldBeTrue();
        report.Quantities.Select(quantity => quantity.Name).ShouldContain("log-probabilities");
        report.Quantities.Single(quantity => quantity.Name == "answers").Comparisons.ShouldBe(18);
    }

    /// <summary>
    /// The first question of one run of each kind: continuations, a partial one, sums over right ones, several turns, an answer.
    /// All questions of all runs take a quarter of an hour (docs/evaluation-tasks.md).
    /// </summary>
    [Fact]
    [Trait("Category", "Slow")]
    public void SmolLM2_finds_and_writes_what_the_harness_recorded_of_it()
    {
        var record = SharedFolder.Require("reference", "lm-eval-2", "smollm2-135m-instruct.jsonl");
        Assert.SkipUnless(RecordedModelsTests.MakeFolder(SharedFolder.Require("data", "models", "smollm2-135m-instruct", "to_hf.py"), _folder["hf"]), "to_hf.py needs /usr/bin/python3 with numpy");
        string[] runs = ["hellaswag-10", "winogrande-5", "truthfulqa_mc2", "arc_easy-chat", "gsm8k-chat-system"];
        var report = HarnessCheck.Run(record, _folder["hf"], limit: 1, runs: runs);
        report.Fault.ShouldBeNull();
        report.FirstMisses.ShouldBeEmpty();
        report.Quantities.Single(quantity => quantity.Name == "log-probabilities").Comparisons.ShouldBe(15);
    }

    [Fact]
    public void A_malformed_sample_is_named_and_the_other_runs_are_checked()
    {
        Check(text => Replaced(text, "\"resps\": [[[-3.0, false]]", "\"resps\": [[[\"x\", false]]")).Fault!.ShouldContain("run own: a sample or its results are not as lm-evaluation-harness records them");
        Check(text => Replaced(text, "\"doc_id\": 1,", "\"doc_id\": 9,")).Fault!.ShouldContain("row 9");
        Check(text => Replaced(text, "\"doc_id\": 1,", "\"row\": 1,")).Fault!.ShouldContain("own.jsonl:3: is no sample");
    }

    [Fact]
    public void A_record_of_our_own_holds()
    {
        var report = Check();
        report.Fault.ShouldBeNull();
        report.FirstMisses.ShouldBeEmpty();
        report.Passed.ShouldBeTrue();
        report.Quantities.Select(quantity => (quantity.Name, quantity.Comparisons)).ShouldBe(
            [("documents", 2L), ("targets", 2), ("requests", 2), ("contexts", 4), ("continuations", 4), ("metrics", 4), ("results", 9)]);
        CheckReport.ExitCode([report]).ShouldBe(0);
        // It is found among the kinds of records by its first line.
        EvaluationCheck.Run(new EvaluationCheckRequest(_folder["own.jsonl"])).ShouldSatisfyAllConditions(
            found => found.Passed.ShouldBeTrue(), found => found.Quantities.Count.ShouldBe(7));
        EvaluationCheck.Run(new EvaluationCheckRequest(_folder["own.results.json"])).Fault.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("contexts", "Answer: no\\n\\nQuestion: q0", "Answer: no\\n\\n\\nQuestion: q0", "choice 0")]
    [InlineData("continuations", "\" yes\"]]", "\"yes\"]]", "choice 1")]
    [InlineData("targets", "\"target\": 1", "\"target\": 0", "arc_easy 0")]
    [InlineData("documents", "\"doc\": {\"question\": \"q1\"", "\"doc\": {\"question\": \"q2\"", "arc_easy 1")]
    [InlineData("metrics", "\"acc\": 1.0", "\"acc\": 0.0", "acc")]
    public void A_difference_in_a_sample_is_found(string quantity, string right, string wrong, string where)
    {
        var report = Check(text => Replaced(text, right, wrong));
        report.FirstMisses.ShouldContain(miss => miss.Quantity == quantity && miss.Where.Contains(where, StringComparison.Ordinal));
        CheckReport.ExitCode([report]).ShouldBe(1);
    }

    [Fact]
    public void A_difference_behind_what_is_shown_of_a_long_row_is_found()
    {
        var row = HarnessRecord.Doc("q1", "A");
        string Long(string end) => row.Replace("\"no\"", $"\"{new string('n', 400)}{end}\"", StringComparison.Ordinal);
        Write(text => text.Replace(row, Long("x"), StringComparison.Ordinal), text => text);
        File.WriteAllText(_folder["data", "allenai", "ai2_arc", "ARC-Easy", "test.jsonl"], HarnessRecord.Doc("q0", "B") + "\n" + Long("y") + "\n");
        var miss = HarnessCheck.Run(_folder["own.jsonl"]).FirstMisses.First(miss => miss.Quantity == "documents");
        miss.Where.ShouldContain("arc_easy 1");
        miss.Actual.ShouldContain("nnny");
        miss.Expected.ShouldContain("nnnx");
    }

    [Theory]
    [InlineData("\"acc,none\": 0.5", "\"acc,none\": 0.6", "acc,none")]
    [InlineData("\"acc_stderr,none\": 0.5", "\"acc_stderr,none\": \"N/A\"", "acc_stderr,none")]
    [InlineData("\"arc_easy\": 1.0", "\"arc_easy\": 2.0", "version")]
    public void A_difference_in_the_results_is_found(string right, string wrong, string where)
    {
        var report = Check(results: text => Replaced(text, right, wrong));
        report.FirstMisses.ShouldHaveSingleItem().Where.ShouldContain(where);
    }

    [Fact]
    public void What_cannot_be_checked_is_named()
    {
        Check(results: text => Replaced(text, "\"num_fewshot\": 1", "\"num_fewshot\": 1, \"think_end_token\": 3")).Fault!.ShouldContain("run own: ");
        Check(results: text => Replaced(text, "\"task\": \"arc_easy\"", "\"task\": \"arc_hard\"")).Fault!.ShouldContain("there is no task");
        Check(results: text => Replaced(text, "\"num_fewshot\": 1", "\"num_fewshot\": 1, \"apply_chat_template\": true")).Fault!.ShouldContain("chat template");
        Write(text => text, text => text);
        var report = HarnessCheck.Run(_folder["own.jsonl"], data: _folder["nowhere"]);
        report.Fault!.ShouldContain("no such folder");
        CheckReport.ExitCode([report]).ShouldBe(2);
        HarnessCheck.Run(_folder["own.jsonl"], model: _folder["nowhere"]).Fault!.ShouldContain("no such folder");
        File.WriteAllText(_folder["other.jsonl"], "{\"a\": 1}\n");
        HarnessCheck.Run(_folder["other.jsonl"]).Fault!.ShouldContain("other.jsonl:1: does not begin with the header");
    }

    [Fact]
    public void A_limit_takes_the_first_samples_of_each_run_and_leaves_results_out()
    {
        Write(text => text, text => Replaced(text, "\"acc,none\": 0.5", "\"acc,none\": 0.6"));
        var report = HarnessCheck.Run(_folder["own.jsonl"], limit: 1);
        report.Passed.ShouldBeTrue();
        report.Quantities.First(quantity => quantity.Name == "documents").Comparisons.ShouldBe(1);
        report.Quantities.ShouldNotContain(quantity => quantity.Name == "results");
    }

    /// <summary>The older form of record: settings are those of summary.json, samples hold rows as they were worked on.</summary>
    [Fact]
    public void Prompts_and_metrics_of_the_older_record_are_the_harness()
    {
        var file = SharedFolder.Require("reference", "lm-eval", "samples.jsonl");
        var summary = JsonNode.Parse(File.ReadAllText(SharedFolder.Require("reference", "lm-eval", "summary.json")))!;
        var shared = Path.GetDirectoryName(Path.GetDirectoryName(SharedFolder.Require("reference", "lm-eval")))!;
        var template = TSpin.ChatTemplates.ChatTemplate.Load(SharedFolder.Require("data", "tokenizers", "smollm2-135m-instruct"));
        var harness = new HarnessFolder(SharedFolder.Require("reference", "lm-eval-2", "data", "harness"));
        foreach (var samples in File.ReadLines(file).Select(line => JsonNode.Parse(line)!).GroupBy(sample => (string)sample["task"]!))
        {
            var chat = samples.Key.EndsWith("+chat", StringComparison.Ordinal);
            var name = samples.Key.Replace("+chat", "", StringComparison.Ordinal);
            var task = HarnessTasks.Find([name.StartsWith("bbh_", StringComparison.Ordinal) ? "leaderboard_" + name : name], harness).Tasks[0];
            var settings = new HarnessSettings { Shots = (int)summary[samples.Key]!["shots"]!, MaxTokens = name == "gsm8k" ? 160 : null, AppliesChatTemplate = chat };
            var ordered = samples.GroupBy(sample => (int)sample["doc_id"]!).OrderBy(rows => rows.Key).ToArray();
            TaskRow[] pool = settings.ShotsOf(task) == 0 ? [] : task.OwnShots is { } own ? [.. own]
                : name == "gsm8k" ? [.. File.ReadLines(Path.Combine(shared, "data", "gsm8k", "train.jsonl")).Select(line => Rows.One(line))]
                : [.. File.ReadLines(Path.Combine(shared, "data", "eval", "mmlu", "dev.jsonl")).Select(line => Rows.One(line)).Where(row => $"mmlu_{row.Text("subject")}" == name)];
            var asked = AskedTask.Of(task, [.. ordered.Select(rows => Rows.One(rows.First()["doc"]!.ToJsonString()))], pool, settings, chat ? template : null);
            foreach (var (question, rows) in asked.Questions.Zip(ordered))
            {
                var arguments = rows.First()["arguments"]!.AsArray();
                var expected = task is GenerationTask ? [((string)arguments[0]![0]!, "")] : arguments.Select(argument => ((string)argument![0]!, (string)argument[1]!)).ToArray();
                (question.Answer is { } answer ? [(answer.Context, "")] : question.Continuations.Select(request => (request.Context, request.Continuation)).ToArray()).ShouldBe(expected, $"{samples.Key} {rows.Key}");
            }

            var outcome = task is GenerationTask
                ? TaskOutcome.OfAnswers(asked, [.. ordered.Select(rows => (string)rows.First()["resps"]![0]![0]!)])
                : TaskOutcome.OfChoices(asked, [.. ordered.Select(rows => (IReadOnlyList<ContinuationScore>)[.. rows.First()["resps"]!.AsArray().Select(resp => new ContinuationScore((double)resp![0]![0]!, (bool)resp[0]![1]!))])]);
            foreach (var question in outcome.Questions)
            {
                var sample = ordered[question.Question.Number].Single(row => (string)row["filter"]! == question.Filter);
                question.Scores!.Keys.ShouldBe(sample["metrics"]!.AsArray().Select(metric => (string)metric!));
                foreach (var (metric, score) in question.Scores!)
                {
                    score.Value.ShouldBe((double)sample[metric]!, 1e-12, $"{samples.Key} {question.Question.Number}, {metric}");
                }
            }

            foreach (var metric in outcome.Metrics)
            {
                metric.Value.ShouldBe((double)summary[samples.Key]![metric.Key]!, 1e-12, $"{samples.Key}, {metric.Key}");
            }
        }
    }

    private CheckReport Check(Func<string, string>? samples = null, Func<string, string>? results = null)
    {
        Write(samples ?? (text => text), results ?? (text => text));
        return HarnessCheck.Run(_folder["own.jsonl"]);
    }

    private void Write(Func<string, string> samples, Func<string, string> results) =>
        HarnessRecord.Write(_folder["own.jsonl"], samples, results);

    private static string Replaced(string text, string old, string other)
    {
        text.ShouldContain(old);
        var at = text.IndexOf(old, StringComparison.Ordinal);
        return string.Concat(text.AsSpan(0, at), other, text.AsSpan(at + old.Length));
    }
}
