using System.Text.Json;
using Shouldly;
using TSpin.Cli;
using TSpin.Demo;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary><c>tspin eval --tasks</c> with the demo's model on rows of our own.</summary>
public sealed class EvalTasksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public EvalTasksTests()
    {
        Directory.CreateDirectory(_folder["data", "allenai", "ai2_arc", "ARC-Easy"]);
        Directory.CreateDirectory(_folder["data", "openai", "gsm8k", "main"]);
        foreach (var split in (string[])["test", "train"])
        {
            File.WriteAllLines(
                _folder["data", "allenai", "ai2_arc", "ARC-Easy", $"{split}.jsonl"],
                Enumerable.Range(0, 5).Select(i => $$"""{"question": "{{split}} {{i}}?", "choices": {"text": ["{{i}}", "{{i + 1}}", "none"], "label": ["A", "B", "C"]}, "answerKey": "{{"AB"[i % 2]}}"}"""));
            File.WriteAllLines(_folder["data", "openai", "gsm8k", "main", $"{split}.jsonl"], Enumerable.Range(0, 4).Select(i => $$"""{"question": "{{split}} {{i}}+1?", "answer": "It is {{i + 1}}.\n#### {{i + 1}}"}"""));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tasks_are_asked_shown_and_written_as_the_harness_does()
    {
        var (code, output) = Eval("--tasks", "arc_easy,gsm8k", "--data", _folder["data"], "--limit", "4", "--num-fewshot", "1", "--max-new-tokens", "3", "--out", _folder["out"]);
        code.ShouldBe(0);
        output.ShouldStartWith("|Tasks|Version|Filter|n-shot|Metric|Value|Stderr|\n|---|");
        output.ShouldContain("|arc_easy|1|none|1|acc|");
        output.ShouldContain("||flexible-extract||exact_match|");
        var folder = Directory.GetDirectories(_folder["out"]).ShouldHaveSingleItem();
        Directory.GetFiles(folder).Select(file => Path.GetFileName(file).Split("_20")[0]).ShouldBe(["results", "samples_arc_easy", "samples_gsm8k"], ignoreOrder: true);
        var sample = JsonElement.Parse(File.ReadLines(Directory.GetFiles(folder, "samples_gsm8k*")[0]).First());
        sample.GetProperty("arguments").GetProperty("gen_args_0").GetProperty("arg_0").GetString()!.ShouldEndWith("\n\nQuestion: test 0+1?\nAnswer:");
        sample.GetProperty("arguments").GetProperty("gen_args_0").GetProperty("arg_1").GetRawText().ShouldBe("""{"until": ["Question:", "</s>", "<|im_end|>"], "do_sample": false, "temperature": 0.0, "max_gen_toks": 3}""");
        // The same again gives the same numbers.
        Eval("--tasks", "arc_easy,gsm8k", "--data", _folder["data"], "--limit", "4", "--num-fewshot", "1", "--max-new-tokens", "3").Output.ShouldBe(output);
        var json = JsonElement.Parse(Eval("--tasks", "arc_easy", "--data", _folder["data"], "--json").Output);
        json.GetProperty("n-shot").GetProperty("arc_easy").GetInt32().ShouldBe(0);
        json.GetProperty("n-samples").GetProperty("arc_easy").GetProperty("effective").GetInt32().ShouldBe(5);
    }

    [Theory]
    [InlineData("no task", "--tasks", "arc_hard")]
    [InlineData("--tasks names no task", "--tasks", ",")]
    [InlineData("--sampled is not for --tasks", "--tasks", "arc_easy", "--sampled")]
    [InlineData("--limit 0: is no number above 0", "--tasks", "arc_easy", "--limit", "0")]
    [InlineData("--num-fewshot -1", "--tasks", "arc_easy", "--num-fewshot", "-1")]
    [InlineData("leave no room for a question", "--tasks", "gsm8k", "--num-fewshot", "0", "--max-new-tokens", "100000")]
    [InlineData("--apply-chat-template", "--tasks", "arc_easy", "--fewshot-as-multiturn", "true")]
    [InlineData("6 rows are wanted", "--tasks", "arc_easy", "--num-fewshot", "6")]
    [InlineData("huggingface.co/datasets/Rowan/hellaswag", "--tasks", "hellaswag")]
    [InlineData("--limit is for --tasks", "--limit", "3")]
    [InlineData("--harness", "--tasks", "bbh")]
    public void Bad_input_is_refused_with_what_helps(string message, params string[] arguments) =>
        Should.Throw<TSpinException>(() => Eval([.. arguments, "--data", _folder["data"]])).Message.ShouldContain(message);

    [Fact]
    public void A_run_can_evaluate_its_checkpoints_with_such_a_task()
    {
        using var decoder = DecoderLoader.Load(DemoBaseModel.Folder);
        var encoder = new PromptEncoder(PromptTemplate.Of(new PromptSettings(), DemoBaseModel.Folder), Tokenizer.Load(DemoBaseModel.Folder), decoder.Config);
        var model = new EvaluatedModel(decoder, encoder, new PromptSettings(), 1);
        var asked = HarnessEvaluation.Ask([new ArcTask("arc_easy", "ARC-Easy", 0), new Gsm8kFewShotTask()], new DatasetFolder(_folder["data"]), new HarnessSettings { Shots = 1, MaxTokens = 3 }, null);
        var (result, answers) = new HarnessEvaluationTask([asked[0]]).Run(model);
        var direct = HarnessEvaluation.Run(asked, model.ForHarness());
        result.Metrics.Select(metric => (metric.Key, metric.Value, metric.StandardError)).ShouldBe(direct[0].Metrics.Select(metric => (metric.Key, metric.Value, metric.StandardError)));
        answers.Count.ShouldBe(5);
        answers[1].Reference.ShouldBe("2");
        answers.Average(answer => answer.Scores["acc,none"]).ShouldBe(result.Metrics[0].Value);
        (result, answers) = new HarnessEvaluationTask([asked[1]]).Run(model);
        result.Metrics.Select(metric => metric.Title).ShouldBe(["exact_match strict-match", "exact_match flexible-extract"]);
        answers.ShouldAllBe(answer => answer.Scores.Count == 2 && answer.Task == "gsm8k");
    }

    private static (int Code, string Output) Eval(params string[] arguments) => InvokedVerb.Invoke(EvalCommand.Create(), [DemoBaseModel.Folder, "--dtype", "float32", .. arguments]);
}
