using System.CommandLine;
using System.Text.Json;
using Shouldly;
using TSpin.Cli;
using TSpin.Tests.Cli;
using TSpin.Tests.Hub;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class CheckEvaluationCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CheckEvaluationCommandTests()
    {
        Directory.CreateDirectory(_folder["ifeval"]);
        File.WriteAllText(_folder["ifeval", "input_data.jsonl"], """{"key": 1, "prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}""");
        File.WriteAllText(_folder["right.jsonl"], """{"key": 1, "response": "a", "strict": [true], "loose": [true]}""");
        File.WriteAllText(_folder["wrong.jsonl"], """{"key": 1, "response": "a", "strict": [false], "loose": [true]}""");
        File.WriteAllText(_folder["pairs.jsonl"], """{"candidate": "$5$", "solution": "$\\boxed{5}$", "answer": "5", "exact_match": 1}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Exit_codes_are_0_1_and_2()
    {
        var data = _folder["ifeval"];
        Run(_folder["right.jsonl"], "--data", data).Code.ShouldBe(0);
        Run(_folder["pairs.jsonl"]).Code.ShouldBe(0);
        Run(_folder["wrong.jsonl"], "--data", data).Code.ShouldBe(1);
        Run(_folder["right.jsonl"]).Code.ShouldBe(2);
        Run(_folder["right.jsonl"], _folder["nowhere.jsonl"], "--data", data).Code.ShouldBe(2);
        Run(_folder["right.jsonl"], _folder["wrong.jsonl"], "--data", data).Code.ShouldBe(1);
    }

    [Fact]
    public void The_text_names_the_type_and_JSON_the_place()
    {
        Run(_folder["wrong.jsonl"], "--data", _folder["ifeval"]).Text.ShouldContain("punctuation:no_comma");
        var report = JsonDocument.Parse(Run(_folder["wrong.jsonl"], "--data", _folder["ifeval"], "--json").Text).RootElement;
        report.GetProperty("exit_code").GetInt32().ShouldBe(1);
        report.GetProperty("reports")[0].GetProperty("first_misses")[0].GetProperty("where").GetString()!.ShouldContain("wrong.jsonl:1, key 1, strict");
    }

    [Theory]
    [InlineData("--langdetect", "profile")]
    [InlineData("--punkt", "abbrev_types.txt")]
    public void Folders_of_the_official_data_are_read_when_named(string option, string named)
    {
        var (code, text) = Run(_folder["right.jsonl"], "--data", _folder["ifeval"], option, _folder["nowhere"]);
        code.ShouldBe(2);
        text.ShouldContain(named);
    }

    /// <summary>Rows that are named on a hub are fetched once, and read from the cache then.</summary>
    [Fact]
    public void The_data_may_be_on_a_hub()
    {
        const string row = """{"question": "q", "choices": {"text": ["no", "yes"], "label": ["A", "B"]}, "answerKey": "B"}""";
        using var hub = new LocalHub();
        hub.Add("ARC-Easy/test.jsonl", row + "\n");
        hub.Add("ifeval_input_data.jsonl", File.ReadAllText(_folder["ifeval", "input_data.jsonl"]));
        File.WriteAllText(_folder["samples.jsonl"], $$"""
            {"record": "lm-evaluation-harness"}
            {"run": "own", "task": "arc_easy", "doc_id": 0, "doc": {{row}}, "target": 1, "arguments": [["Question: q\nAnswer:", " no"], ["Question: q\nAnswer:", " yes"]], "resps": [[[-3.0, false]], [[-1.0, true]]], "filtered_resps": [[-3.0, false], [-1.0, true]], "filter": "none", "metrics": ["acc"], "acc": 1.0}
            """);
        File.WriteAllText(_folder["samples.results.json"], """{"own": {"task": "arc_easy", "arguments": {}}}""");
        var places = new Dictionary<string, string> { ["HF_ENDPOINT"] = hub.Endpoint, ["HF_HUB_CACHE"] = _folder["cache"] };
        string[] command = ["check", "evaluation", _folder["samples.jsonl"], _folder["right.jsonl"], "--data", "hub:"];
        using var child = TspinProcess.Start(places, command);
        var (code, output) = child.End();
        code.ShouldBe(0, output + child.Errors);
        output.ShouldContain("contexts");
        output.ShouldContain("punctuation:no_comma");

        places["HF_HUB_OFFLINE"] = "1";
        using var offline = TspinProcess.Start(places, command);
        offline.End().ShouldBe((0, output), offline.Errors);

        using var elsewhere = TspinProcess.Start(places, "check", "evaluation", _folder["right.jsonl"], "--data", "hub:org/nothing");
        elsewhere.End().Code.ShouldBe(2);
    }

    [Fact]
    public void Prompts_may_lie_as_a_dataset_in_a_folder_of_datasets()
    {
        Directory.CreateDirectory(_folder["data", "google", "IFEval", "default"]);
        File.Copy(_folder["ifeval", "input_data.jsonl"], _folder["data", "google", "IFEval", "default", "train.jsonl"]);
        Run(_folder["right.jsonl"], "--data", _folder["data"]).Code.ShouldBe(0);
        var (code, text) = Run(_folder["right.jsonl"], "--data", _folder["data", "google", "IFEval"] + "x");
        code.ShouldBe(2);
        text.ShouldContain("input_data.jsonl");
    }

    /// <summary>The harness' own examples are named as for an evaluation, since a record's data need not have them.</summary>
    [Fact]
    public void The_harness_folder_is_taken_where_it_is_named()
    {
        Directory.CreateDirectory(_folder["harness", "bbh_mc"]);
        Directory.CreateDirectory(_folder["data", "SaylorTwift", "bbh", "navigate"]);
        File.WriteAllText(_folder["data", "SaylorTwift", "bbh", "navigate", "test.jsonl"], """{"input": "i", "target": "No"}""" + "\n");
        File.WriteAllText(_folder["harness", "bbh_mc", "navigate.yaml"],
            "description: \"D.\\n\\n\"\ndoc_to_choice: ['Yes', 'No']\nfewshot_config:\n  samples:\n  - input: s\n    target: 'Yes'\n");
        File.WriteAllText(_folder["bbh.jsonl"], """
            {"record": "lm-evaluation-harness", "data": "data"}
            {"run": "own", "task": "leaderboard_bbh_navigate", "doc_id": 0, "doc": {"input": "i", "target": "No"}, "target": "No", "arguments": [["D.\n\nQ: s\nA: Yes\n\nQ: i\nA:", " Yes"], ["D.\n\nQ: s\nA: Yes\n\nQ: i\nA:", " No"]], "resps": [[[-3.0, false]], [[-1.0, true]]], "filter": "none", "metrics": ["acc_norm"], "acc_norm": 1.0}
            """);
        File.WriteAllText(_folder["bbh.results.json"], """{"own": {"task": "leaderboard_bbh_navigate", "arguments": {"num_fewshot": 1}}}""");
        Run(_folder["bbh.jsonl"]).Code.ShouldBe(2);
        Run(_folder["bbh.jsonl"], "--harness", _folder["harness"]).ShouldSatisfyAllConditions(run => run.Code.ShouldBe(0, run.Text));
    }

    private static (int Code, string Text) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = CheckCommand.Create().Parse(["evaluation", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = output, EnableDefaultExceptionHandler = false });
        return (code, output.ToString());
    }
}
