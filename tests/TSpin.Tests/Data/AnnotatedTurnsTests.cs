using Shouldly;
using TSpin.Data;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Data;

/// <summary>Which assistant turns of a conversation become examples, and with what before them.</summary>
public sealed class AnnotatedTurnsTests
{
    private const string Messages = """
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]}
        """;

    private const string ShareGpt = """
        {"system": "Be brief.", "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}, {"from": "human", "value": "c"}, {"from": "gpt", "value": "d"}]}
        """;

    [Theory]
    [InlineData(Messages)]
    [InlineData(ShareGpt)]
    public void First_last_and_every_turn(string record)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.jsonl"], record.Trim() + "\n");

        Read(AnnotatedTurns.First).ShouldBe(["system: Be brief. | user: a => b"]);
        Read(AnnotatedTurns.Last).ShouldBe(["system: Be brief. | user: a | assistant: b | user: c => d"]);
        Read(AnnotatedTurns.Every).ShouldBe(["system: Be brief. | user: a => b", "system: Be brief. | user: a | assistant: b | user: c => d"]);

        string[] Read(AnnotatedTurns turns) =>
        [
            .. ExampleReader.Read([folder["a.jsonl"]], DataFormat.Auto, skipBad: false, turns: turns).Examples
                .Select(example => $"{string.Join(" | ", example.Asked.Select(turn => $"{turn.Role}: {turn.Content}"))} => {example.Response}"),
        ];
    }

    [Fact]
    public void A_subset_of_every_turn_is_the_same_as_choosing_from_all()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["a.jsonl"], Enumerable.Range(0, 30).Select(i => Messages.Trim().Replace("\"a\"", $"\"a{i}\"", StringComparison.Ordinal)));

        var few = ExampleReader.ReadSubset([folder["a.jsonl"]], DataFormat.Auto, false, null, 7, 3, AnnotatedTurns.Every);
        var all = ExampleReader.ReadSubset([folder["a.jsonl"]], DataFormat.Auto, false, null, null, 3, AnnotatedTurns.Every);

        few.Total.ShouldBe(60);
        all.Examples.Count.ShouldBe(60);
        few.Examples.Select(example => (example.Index, example.Prompt, example.Response)).ShouldBe(all.Examples.Take(7).Select(example => (example.Index, example.Prompt, example.Response)));
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "assistant", "content": "c"}]}""", "answers no user turn")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "tool", "content": "c"}]}""", "turn of")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}]}""", "assistant")]
    public void A_conversation_that_cannot_be_read_whole_is_named(string record, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.jsonl"], record + "\n");
        Should.Throw<BadDataException>(() => ExampleReader.Read([folder["a.jsonl"]], DataFormat.Auto, skipBad: false, turns: AnnotatedTurns.Every))
            .Lines.ShouldHaveSingleItem().Message.ShouldContain(message);
    }

    [Fact]
    public void A_run_over_conversations_with_a_chat_template_ends_the_same_after_a_kill()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(
            Path.Combine(tiny.Model, "chat_template.jinja"),
            "{% for m in messages %}{{ m.role[0] ~ ': ' ~ m.content ~ '<|end|>' }}{% endfor %}{% if add_generation_prompt %}a: {% endif %}");
        File.WriteAllLines(tiny.Train, Enumerable.Range(0, 3).Select(i => Messages.Trim().Replace("\"a\"", $"\"Ann has {i} figs\"", StringComparison.Ordinal)));
        var recipe = tiny.Recipe();
        recipe = recipe with { Data = recipe.Data with { Turns = AnnotatedTurns.Every }, Prompt = recipe.Prompt with { Template = "chat" } };
        var isTaken = false;
        tiny.Run(recipe, "run", value =>
        {
            if (!isTaken && value is TSpin.SelfPlay.Stepped { Iteration: 1 })
            {
                TinyRun.Snapshot(tiny["run"], tiny["killed"]);
                isTaken = true;
            }
        });
        File.ReadAllLines(tiny["run", "examples.jsonl"]).Length.ShouldBe(6);
        File.ReadAllText(tiny["run", "iteration-01", "responses.jsonl"]).ShouldContain("s: Be brief.<|end|>u: Ann has 1 figs<|end|>a: b<|end|>u: c<|end|>a: ");
        tiny.Run(recipe, "killed");
        TinyRun.Outcome(tiny["killed"]).ShouldBe(TinyRun.Outcome(tiny["run"]));
    }
}
