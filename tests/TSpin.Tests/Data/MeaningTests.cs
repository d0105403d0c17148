using Shouldly;
using TSpin.Data;
using Xunit;

namespace TSpin.Tests.Data;

/// <summary>What roles, weights, earlier rounds and further keys of a record mean.</summary>
public sealed class MeaningTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"messages": [{"role": "developer", "content": "s"}, {"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}]}""", "system: s | user: p => r")]
    [InlineData("""{"messages": [{"role": "system", "content": "s"}, {"role": "developer", "content": "t"}, {"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}]}""", "system: s\n\nt | user: p => r")]
    [InlineData("""{"system": "s", "messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}]}""", "system: s | user: p => r")]
    [InlineData("""{"system": "s", "conversations": [{"from": "system", "value": "t"}, {"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}]}""", "system: s\n\nt | user: p => r")]
    [InlineData("""{"system": "s", "question": "p", "answer": "r"}""", "system: s | user: p => r")]
    [InlineData("""{"system": "s", "prompt": "p", "chosen": "r", "rejected": "w"}""", "system: s | user: p => r")]
    public void System_words_are_read_wherever_they_stand(string record, string expected) => Read(record).ShouldBe([expected]);

    [Theory]
    [InlineData("""[{"from": "human", "value": "p"}, {"from": "function_call", "value": "f"}, {"from": "observation", "value": "o"}, {"from": "gpt", "value": "r"}]""", "conversations[1] is a turn of \"function_call\"")]
    [InlineData("""[{"from": "human", "value": "p"}, {"from": "Human", "value": "q"}, {"from": "gpt", "value": "r"}]""", "conversations[1] is a turn of \"Human\"")]
    [InlineData("""[{"from": "tool", "value": "t"}, {"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}]""", "conversations[0] is a turn of \"tool\"")]
    public void A_turn_of_an_unknown_role_makes_its_record_bad(string turns, string message)
    {
        var text = $$"""{"conversations": {{turns}}}""" + "\n" + """{"conversations": [{"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}]}""" + "\n";
        foreach (var which in Enum.GetValues<AnnotatedTurns>())
        {
            var path = _folder.Write("a.jsonl", text);
            Should.Throw<BadDataException>(() => ExampleReader.Read([path], DataFormat.Auto, skipBad: false, turns: which)).Lines.ShouldHaveSingleItem().Message.ShouldStartWith(message);
            var set = ExampleReader.Read([path], DataFormat.Auto, skipBad: true, turns: which);
            (set.Examples.Count, set.Skipped.Count).ShouldBe((1, 1));
        }
    }

    [Fact]
    public void Nothing_before_the_first_answer_is_dropped() =>
        Read("""{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "r"}, {"role": "tool", "content": "later"}]}""")
            .ShouldBe(["user: a | user: b => r"]);

    [Fact]
    public void An_answer_of_weight_0_is_context()
    {
        const string Record = """
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "wrong", "weight": 0}, {"role": "user", "content": "b"},
             {"role": "assistant", "content": "right", "weight": 1}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "no", "train": false}]}
            """;
        const string Right = "user: a | assistant: wrong | user: b => right";
        foreach (var turns in Enum.GetValues<AnnotatedTurns>())
        {
            Read(Record.ReplaceLineEndings(""), turns).ShouldBe([Right], $"{turns}");
        }
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0}]}""", "\"messages\" has no assistant turn to train on: its only one is of weight 0")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": "low"}]}""", "\"messages[1].weight\" is \"low\" where 0 or 1 belongs")]
    [InlineData("""{"instruction": "a", "output": "b", "history": "c"}""", "\"history\" is \"c\" where earlier rounds belong")]
    [InlineData("""{"instruction": "a", "output": "b", "history": [["c"]]}""", "\"history[0]\" is a list of 1 where earlier rounds belong")]
    [InlineData("""{"instruction": "a", "output": "b", "history": [["c", ""]]}""", "the history[0][1] is empty")]
    public void What_cannot_be_meant_is_explained(string record, string message) =>
        Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", record)).Lines[0].Message.ShouldStartWith(message);

    [Theory]
    [InlineData("""{"instruction": "c", "input": "", "output": "r", "system": "s", "history": [["a", "b"], ["d", "e"]]}""")]
    [InlineData("""{"prompt": "c", "response": "r", "system": "s", "history": [["a", "b"], ["d", "e"]]}""")]
    [InlineData("""{"instruction": "c", "chosen": "r", "rejected": "w", "system": "s", "history": [["a", "b"], ["d", "e"]]}""")]
    public void History_is_the_earlier_rounds(string record)
    {
        const string Own = "system: s | user: a | assistant: b | user: d | assistant: e | user: c => r";
        Read(record).ShouldBe([Own]);
        Read(record, AnnotatedTurns.Last).ShouldBe([Own]);
        if (!record.Contains("chosen", StringComparison.Ordinal))
        {
            Read(record, AnnotatedTurns.Every).ShouldBe(["system: s | user: a => b", "system: s | user: a | assistant: b | user: d => e", Own]);
        }
    }

    [Theory]
    [InlineData("""{"instruction": "a", "output": "b", "history": []}""")]
    [InlineData("""{"instruction": "a", "output": "b", "history": null, "tools": "[]", "images": []}""")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 1, "tool_calls": null}], "tools": null, "id": 7, "source": "x"}""")]
    public void What_says_nothing_is_not_mentioned(string record) => _folder.Read("a.jsonl", record).NotUsed.ShouldBeEmpty();

    [Fact]
    public void Keys_that_change_the_meaning_are_counted_by_name()
    {
        const string Lines = """
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0.5}], "tools": "[{\"name\": \"w\"}]"}
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "tool_calls": [{"id": 1}]}], "tools": [{"name": "w"}], "history": [["a", "b"]]}
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": "w", "label": false}
            """;
        const string Said = "not used: \"history\" in 1 record, \"label\" in 1 record, \"rejected\" in 1 record, \"tool_calls\" in 1 record, \"tools\" in 2 records, \"weight\" in 1 record";
        _folder.Read("a.jsonl", Lines).NotUsed.ShouldBe(Said);
        ExampleReader.ReadSubset([_folder + "/a.jsonl"], DataFormat.Auto, skipBad: false, null, 2, 1).NotUsed.ShouldBe(Said);
    }

    [Fact]
    public void Prompts_need_no_answers()
    {
        Prompts("""{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "p"}]}""").ShouldBe("system: s | user: p");
        Prompts("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "p"}]}""").ShouldBe("user: a | assistant: b | user: p");
        Prompts("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""").ShouldBe("user: a");
        Prompts("""{"conversations": [{"from": "human", "value": "p"}]}""").ShouldBe("user: p");
        Prompts("""{"prompt": [{"role": "user", "content": "p"}], "id": 3}""").ShouldBe("user: p");
        Prompts("""{"prompt": "p", "id": 3}""").ShouldBe("user: p");
        Prompts("""{"instruction": "a", "input": "b", "history": [["c", "d"]]}""").ShouldBe("user: c | assistant: d | user: a\n\nb");
        Prompts("""{"question": "p"}""").ShouldBe("user: p");
        Prompts("""{"chosen": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}], "rejected": []}""").ShouldBe("user: p");
        Should.Throw<BadDataException>(() => Prompts("""{"messages": [{"role": "user", "content": "a"}, {"role": "tool", "content": "b"}, {"role": "user", "content": "p"}]}""")).Message.ShouldContain("turn of \"tool\"");
        Should.Throw<BadDataException>(() => Prompts("""{"prompt": " "}""")).Message.ShouldContain("the prompt is blank");
        Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", """{"messages": [{"role": "user", "content": "p"}]}"""));

        string Prompts(string record) => string.Join(" | ", ExampleReader.ReadPrompts([_folder.Write("p.jsonl", record)]).Examples.ShouldHaveSingleItem().Asked.Select(turn => $"{turn.Role}: {turn.Content}"));
    }

    private string[] Read(string record, AnnotatedTurns turns = AnnotatedTurns.First) =>
    [
        .. ExampleReader.Read([_folder.Write("a.jsonl", record)], DataFormat.Auto, skipBad: false, turns: turns).Examples
            .Select(example => $"{string.Join(" | ", example.Asked.Select(turn => $"{turn.Role}: {turn.Content}"))} => {example.Response}"),
    ];
}
