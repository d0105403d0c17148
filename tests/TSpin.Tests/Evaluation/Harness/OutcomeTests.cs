using System.Text.Json;
using Shouldly;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.InstructionFollowing;
using TSpin.Evaluation.Tasks;
using Xunit;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>From verdicts to a task's and a group's numbers, and to the harness' files.</summary>
public sealed class OutcomeTests : IDisposable
{
    private static readonly TaskGroup Group = new("pair", ["arc_easy", "arc_challenge"], ["acc"]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_group_weights_its_tasks_by_their_rows_and_pools_their_errors()
    {
        var (four, two, one) = (Arc("arc_easy", true, true, true, false), Arc("arc_challenge", true, false), Arc("arc_challenge", false));
        four.Metrics.Select(metric => metric.Key).ShouldBe(["acc,none", "acc_norm,none"]);
        // sqrt(p (1 - p) / (n - 1))
        four.Metrics[0].StandardError!.Value.ShouldBe(Math.Sqrt(0.75 * 0.25 / 3), 1e-15);
        var pair = GroupOutcome.Of(Group, [four, two]);
        pair.Rows.ShouldBe(6);
        pair.Metrics.Count.ShouldBe(1);
        pair.Metrics[0].Value.ShouldBe(4 / 6.0, 1e-15);
        // The harness' pooled_sample_stderr([0.25, 0.5], [4, 2]) is sqrt(((3 * 0.25**2 * 4 + 1 * 0.5**2 * 2) / 4) / 6).
        pair.Metrics[0].StandardError!.Value.ShouldBe(Math.Sqrt(((3 * 0.0625 * 4) + (1 * 0.25 * 2)) / 4 / 6), 1e-15);
        GroupOutcome.Of(Group, [four, one]).Metrics[0].StandardError.ShouldBeNull("one row has no error, so the group has none");
        one.Metrics[0].StandardError.ShouldBeNull();
    }

    [Fact]
    public void Verdicts_of_instructions_are_averaged_over_all_of_them_and_have_no_error()
    {
        var task = new InstructionFollowingTask(new InstructionJudge(LinguisticTools.Default));
        var asked = AskedTask.Of(
            task,
            Rows.Of(
                """{"key": 1, "prompt": "P", "instruction_id_list": ["punctuation:no_comma", "startend:end_checker"], "kwargs": [{}, {"end_phrase": "both", "keyword": null}]}""",
                """{"key": 2, "prompt": "R", "instruction_id_list": ["detectable_format:json_format"], "kwargs": [{}]}"""),
            [], new HarnessSettings(), null);
        asked.Questions[0].Answer.ShouldBe(new AnswerRequest("P", task.Until, 1280));
        var outcome = TaskOutcome.OfAnswers(asked, ["It is both", "Here it is:\n{\"none\": 1}"]);
        outcome.Metrics.Select(metric => (metric.Metric, metric.Value)).ShouldBe([("prompt_level_strict_acc", 0.5), ("inst_level_strict_acc", 2 / 3.0), ("prompt_level_loose_acc", 1.0), ("inst_level_loose_acc", 1.0)]);
        outcome.Metrics[1].StandardError.ShouldBeNull();
        outcome.Metrics[1].Rows.ShouldBe(2);
        var unknown = AskedTask.Of(task, Rows.Of("""{"key": 1, "prompt": "P", "instruction_id_list": ["no:such"], "kwargs": [{}]}"""), [], new HarnessSettings(), null);
        Should.Throw<TSpinException>(() => TaskOutcome.OfAnswers(unknown, ["a"])).Message.ShouldContain("no:such");
        var uneven = AskedTask.Of(task, Rows.Of("""{"key": 1, "prompt": "P", "instruction_id_list": ["punctuation:no_comma"], "kwargs": []}"""), [], new HarnessSettings(), null);
        Should.Throw<TSpinException>(() => TaskOutcome.OfAnswers(uneven, ["a"])).Message.ShouldContain("kwargs");
    }

    [Fact]
    public void Scores_of_instructions_have_the_harness_means_and_errors()
    {
        var task = new InstructionFollowingTask(new InstructionJudge(LinguisticTools.Default));
        const string end = "startend:end_checker", comma = "punctuation:no_comma";
        var asked = AskedTask.Of(
            task,
            Rows.Of(
                $$"""{"key": 1, "prompt": "P", "instruction_id_list": ["{{comma}}", "{{comma}}"], "kwargs": [{}, {}]}""",
                $$"""{"key": 2, "prompt": "Q", "instruction_id_list": ["{{comma}}"], "kwargs": [{}]}""",
                $$"""{"key": 3, "prompt": "R", "instruction_id_list": ["{{comma}}", "{{end}}", "{{end}}"], "kwargs": [{}, {"end_phrase": "other"}, {"end_phrase": "middle"}]}"""),
            [], new HarnessSettings(), null);
        // Strict: all, none, one of three; loose, where the first or last line may go: all, all, two of three.
        var outcome = TaskOutcome.OfAnswers(asked, ["a", "a,\nb", "middle\nend"]);
        outcome.Metrics.Select(metric => metric.Value).ShouldBe([1.0 / 3, 3.0 / 6, 2.0 / 3, 5.0 / 6]);
        outcome.Metrics[0].StandardError!.Value.ShouldBe(1.0 / 3, 1e-15);
        var ten = AskedTask.Of(task, [.. Enumerable.Range(0, 10).Select(_ => asked.Questions[1].Row)], [],
            new HarnessSettings(), null);
        // Two of ten, as a recorded run of ten prompts has it.
        TaskOutcome.OfAnswers(ten,
            [.. Enumerable.Range(0, 10).Select(i => i < 2 ? "a" : ",")]).Metrics[0].StandardError!.Value.ShouldBe(
            0.13333333333333333, 1e-15);
        var one = AskedTask.Of(task, [asked.Questions[0].Row], [], new HarnessSettings(), null);
        TaskOutcome.OfAnswers(one, ["a"]).Metrics[0].StandardError.ShouldBeNull();
    }

    [Fact]
    public void Files_have_the_harness_names_keys_and_hashes()
    {
        var outcome = Arc("arc_easy", false, true);
        var path = HarnessFiles.Write(_folder.Path, "org/name", new HarnessSettings { Shots = 0 }, [outcome], [GroupOutcome.Of(Group, [outcome])], null, DateTimeOffset.UnixEpoch);
        Path.GetDirectoryName(path).ShouldBe(_folder["org__name"]);
        var results = JsonElement.Parse(File.ReadAllText(path));
        results.EnumerateObject().Select(field => field.Name).Take(9).ShouldBe(["results", "groups", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better", "n-samples", "config"]);
        results.GetProperty("results").GetProperty("arc_easy").GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).ShouldStartWith(
            "{\"name\":\"arc_easy\",\"alias\":\"arc_easy\",\"sample_len\":2,\"acc,none\":0.5,\"acc_stderr,none\":0.5,");
        results.GetProperty("versions").GetProperty("arc_easy").GetRawText().ShouldBe("1.0");
        results.GetProperty("n-samples").GetProperty("arc_easy").GetProperty("effective").GetInt32().ShouldBe(2);
        var file = Directory.GetFiles(_folder["org__name"], "samples_arc_easy_*.jsonl").ShouldHaveSingleItem();
        Path.GetFileName(file)["samples_arc_easy_".Length..^".jsonl".Length].ShouldBe(Path.GetFileName(path)["results_".Length..^".json".Length]);
        var line = File.ReadAllLines(file)[1];
        // As json.dumps writes it, which hashlib.sha256 then read: hash_string(json.dumps(doc, indent=2, ensure_ascii=False)).
        line.ShouldStartWith("{\"doc_id\": 1, \"doc\": {\"question\": \"é\\n\\\"1\\\"\", \"choices\": {\"text\": [\"no\", \"yes\"], \"label\": [\"A\", \"B\"]}, \"answerKey\": \"B\", \"weight\": 1.0, \"none\": []}, \"target\": \"1\", ");
        line.ShouldContain("\"resps\": [[[\"-2.0\", \"False\"]], [[\"-3e-05\", \"True\"]]], \"filtered_resps\": [[\"-2.0\", \"False\"], [\"-3e-05\", \"True\"]], \"filter\": \"none\", \"metrics\": [\"acc\", \"acc_norm\"], ");
        JsonElement.Parse(line).GetProperty("doc_hash").GetString().ShouldBe(DocHash);
        JsonElement.Parse(line).GetProperty("prompt_hash").GetString().ShouldBe(PromptHash);
        JsonElement.Parse(line).GetProperty("acc").GetRawText().ShouldBe("1.0");
    }

    private const string DocHash = "215188e5b5625db1ccfe7221494106f7416b9f2b622293e3d51a065fe920d497";
    private const string PromptHash = "53cdaae1382230ce18103bc05268d8cfac369ce0aff58d14e67eb536bd6c1e63";

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(-13.0, "-13.0")]
    [InlineData(1e-05, "1e-05")]
    [InlineData(0.00012, "0.00012")]
    [InlineData(-2.5e-7, "-2.5e-07")]
    [InlineData(1e16, "1e+16")]
    [InlineData(123456789012345680.0, "1.2345678901234568e+17")]
    [InlineData(1234567890123456.0, "1234567890123456.0")]
    public void Numbers_are_written_as_Python_writes_them(double value, string expected) => PythonJsonText.Number(value).ShouldBe(expected);

    [Fact]
    public void Lists_are_read_as_Python_and_as_JSON_write_them()
    {
        PythonLiteral.List("""['a', "it's", 'say "x"\n', 3, -2.5, '\u00e9\x41']""").ShouldBe(["a", "it's", "say \"x\"\n", "3", "-2.5", "éA"]);
        PythonLiteral.List("[]").ShouldBe([]);
        PythonLiteral.List("['a',]").ShouldBe(["a"]);
        foreach (var wrong in (string[])["", "[", "['a", "['a' 'b']", "[a]", "['a'] x", "(1)", "['\\u12']"])
        {
            PythonLiteral.List(wrong).ShouldBeNull(wrong);
        }

        TaskTarget.OfTemplate("[1, 2]", hasChoices: false).ToJson().GetRawText().ShouldBe("[1,2]");
        TaskTarget.OfTemplate("[2,5)", hasChoices: false).ToJson().GetRawText().ShouldBe("\"[2,5)\"");
        TaskTarget.OfTemplate("7", hasChoices: true).ToJson().GetRawText().ShouldBe("7");
    }

    // Right where the second choice is the likelier one.
    private static TaskOutcome Arc(string name, params bool[] right)
    {
        var task = new ArcTask(name, "ARC", 0);
        var rows = right.Select((_, i) => Rows.One($$"""{"question": "{{(i == 1 ? "é\\n\\\"1\\\"" : $"q{i}")}}", "choices": {"text": ["no", "yes"], "label": ["A", "B"]}, "answerKey": "B", "weight": 1.0, "none": []}""")).ToArray();
        var asked = AskedTask.Of(task, rows, [], new HarnessSettings { Shots = 0 }, null);
        return TaskOutcome.OfChoices(asked, [.. right.Select((good, i) => (IReadOnlyList<ContinuationScore>)[new(-2, false), new(good ? -3e-5 : -9, good)])]);
    }
}
