using System.Text.Json;
using Shouldly;
using TSpin.Cli;
using TSpin.Demo;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tests.Hub;
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

    [Fact]
    public void Datasets_and_the_rows_of_own_tasks_come_from_a_hub()
    {
        using var hub = new LocalHub();
        hub.Add("main/test.jsonl", """{"question": "1+1?", "answer": "#### 2"}""" + "\n");
        hub.Add("quiz.jsonl", """{"q": "2+1", "a": "3"}""" + "\n");
        File.WriteAllText(_folder["sums.yaml"],
            "data: hub:org/set:quiz.jsonl\ndoc_to_text: q\ndoc_to_target: a\ngeneration_kwargs: { max_gen_toks: 2 }\n");
        var places = new Dictionary<string, string> { ["HF_ENDPOINT"] = hub.Endpoint, ["HF_HUB_CACHE"] = _folder["cache"] };
        string[] command = ["eval", DemoBaseModel.Folder, "--tasks", $"gsm8k,{_folder["sums.yaml"]}", "--data", "hub:",
            "--num-fewshot", "0", "--max-new-tokens", "3"];
        using var child = TspinProcess.Start(places, command);
        var (code, output) = child.End();
        code.ShouldBe(0, child.Errors);
        output.ShouldContain("|gsm8k|");
        output.ShouldContain("|sums|");

        places["HF_HUB_OFFLINE"] = "1";
        using var offline = TspinProcess.Start(places, command);
        offline.End().ShouldBe((0, output), offline.Errors);
    }

    [Theory]
    [InlineData("--langdetect", "holds no profile of langdetect")]
    [InlineData("--punkt", "punkt_tab/english")]
    public void The_official_checkers_knowledge_is_taken_where_it_is_named(string option, string fault)
    {
        Directory.CreateDirectory(_folder["empty"]);
        var error = Should.Throw<TSpinException>(() => Eval("--tasks", "ifeval", "--data", _folder["data"], option, _folder["empty"]));
        error.Message.ShouldContain(_folder["empty"]);
        error.Message.ShouldContain(fault);
        var settings = new EvaluationSettings { Datasets = _folder["data"], Tasks = ["ifeval"] };
        settings = option == "--punkt" ? settings with { Punkt = _folder["empty"] } : settings with { Langdetect = _folder["empty"] };
        Should.Throw<TSpinException>(() => HarnessEvaluationTask.Of("ifeval", new DatasetFolder(_folder["data"]), settings, null))
            .Message.ShouldContain(fault);
    }

    [Fact]
    public void Answers_of_ones_own_task_are_drawn_where_it_states_a_temperature()
    {
        string[] Answers(string generation)
        {
            File.WriteAllText(_folder["drawn.yaml"],
                $"data: data/openai/gsm8k/main/*.jsonl\ndoc_to_text: question\ndoc_to_target: answer\ngeneration_kwargs: {generation}\n");
            var folder = Directory.CreateTempSubdirectory("drawn").FullName;
            try
            {
                Eval("--tasks", _folder["drawn.yaml"], "--limit", "4", "--out", folder).Code.ShouldBe(0);
                return [.. File.ReadLines(Directory.GetFiles(folder, "samples_drawn_*", SearchOption.AllDirectories)
                    .ShouldHaveSingleItem()).Select(line => JsonElement.Parse(line))
                    .Select(sample => sample.GetProperty("resps").GetRawText()
                        + sample.GetProperty("arguments").GetProperty("gen_args_0").GetProperty("arg_1").GetRawText())];
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        var drawn = Answers("{max_gen_toks: 8, temperature: 2}");
        drawn[0].ShouldContain("\"do_sample\": true, \"temperature\": 2.0");
        Answers("{max_gen_toks: 8, temperature: 2}").ShouldBe(drawn);
        drawn.Zip(Answers("{max_gen_toks: 8}"), (a, b) => a.Split("]]")[0] != b.Split("]]")[0]).ShouldContain(true);
    }

    [Fact]
    public void A_task_of_ones_own_needs_no_data_folder_and_stands_beside_named_ones()
    {
        File.WriteAllText(_folder["sums.yaml"],
            "data: data/openai/gsm8k/main/*.jsonl\ndoc_to_text: 'Question: {{question}}'\ndoc_to_target: answer\nfilter: {function: final_number}\ngeneration_kwargs: {max_gen_toks: 3}\n");
        var (code, output) = Eval("--tasks", _folder["sums.yaml"], "--limit", "4", "--out", _folder["out"]);
        code.ShouldBe(0);
        output.ShouldContain("|sums|1|final_number|0|exact_match|");
        output.ShouldContain("||none||answer_tokens|3.0000|");
        output.ShouldContain("||none||annotated_log_prob_per_token|-");
        var file = Directory.GetFiles(_folder["out"], "samples_sums_*", SearchOption.AllDirectories)
            .ShouldHaveSingleItem();
        File.ReadAllLines(file).Length.ShouldBe(4);
        var sample = JsonElement.Parse(File.ReadLines(file).First());
        sample.GetProperty("arguments").GetProperty("gen_args_0").GetProperty("arg_0").GetString()
            .ShouldBe("Question: test 0+1?");
        sample.GetProperty("filter").GetString().ShouldBe("final_number");
        (_, output) = Eval("--tasks", $"{_folder["sums.yaml"]},arc_easy", "--data", _folder["data"], "--limit", "2",
            "--json");
        var json = JsonElement.Parse(output);
        json.GetProperty("results").EnumerateObject().Select(task => task.Name).ShouldBe(["sums", "arc_easy"]);
        json.GetProperty("configs").GetProperty("sums").GetProperty("dataset_path").GetString()
            .ShouldBe(_folder["data", "openai", "gsm8k", "main", "*.jsonl"]);
        Should.Throw<TSpinException>(() =>
            Eval("--tasks", $"{_folder["sums.yaml"]},arc_easy")).Message.ShouldContain(
            "arc_easy needs the folder of its dataset: add --data");
        Should.Throw<TSpinException>(() => Eval()).Message.ShouldContain("--data is missing");
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
