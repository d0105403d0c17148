using Shouldly;
using TSpin.Data;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.Data;

/// <summary>ShareGPT, preferences, and columns with names of their own.</summary>
public sealed class LayoutTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"conversations": [{"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}, {"from": "human", "value": "q"}]}""")]
    [InlineData("""{"conversations": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}], "id": 3}""")]
    [InlineData("""{"conversations": [{"from": "gpt", "value": "hello"}, {"from": "human", "value": "p", "weight": null}, {"from": "chatgpt", "value": "r"}], "system": ""}""")]
    public void Sharegpt_is_read(string record) => Only(record).ShouldBe((DataFormat.ShareGpt, "p", "r"));

    [Theory]
    [InlineData("""{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}]}""")]
    [InlineData("""{"system": "s", "conversations": [{"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}]}""")]
    public void Sharegpt_has_system_words(string record) => Only(record).ShouldBe((DataFormat.ShareGpt, "s\n\np", "r"));

    [Theory]
    [InlineData("""{"prompt": "p", "chosen": "r", "rejected": "w"}""")]
    [InlineData("""{"question": "p", "chosen": "r", "rejected": "w"}""")]
    [InlineData("""{"instruction": "p", "input": "", "chosen": "r", "rejected": "w"}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "p"}], "chosen": "r", "rejected": "w"}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "p"}], "chosen": [{"role": "assistant", "content": "r"}], "rejected": [{"role": "assistant", "content": "w"}]}""")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}], "rejected": []}""")]
    [InlineData("""{"prompt": "p", "chosen": [{"role": "assistant", "content": "r"}], "rejected": []}""")]
    [InlineData("""{"chosen": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}], "rejected": []}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "p"}], "chosen": {"from": "gpt", "value": "r"}, "rejected": {"from": "gpt", "value": "w"}}""")]
    public void The_chosen_response_is_the_annotated_one(string record)
    {
        Only(record).ShouldBe((DataFormat.Preference, "p", "r"));
        ExampleReader.ReadSubset([_folder.Write("a.jsonl", record)], DataFormat.Auto, false, null, 1, 1).NotUsed.ShouldBe("not used: \"rejected\" in 1 record");
    }

    [Theory]
    [InlineData("""{"chosen": "r", "rejected": "w"}""", "lacks \"prompt\"; it has \"chosen\", \"rejected\"")]
    [InlineData("""{"prompt": "p", "chosen": null, "rejected": "w"}""", "\"chosen\" is null where text belongs")]
    [InlineData("""{"prompt": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "x"}, {"role": "user", "content": "q"}], "chosen": [{"role": "assistant", "content": "r"}], "rejected": []}""", "\"prompt and chosen\" is a conversation of several rounds")]
    [InlineData("""{"prompt": "p", "chosen": [], "rejected": []}""", "\"chosen\" has no assistant turn; one must answer")]
    [InlineData("""{"prompt": "p", "chosen": [3], "rejected": []}""", "\"chosen\" has no assistant turn; one must answer")]
    public void A_preference_that_cannot_be_used_is_explained(string record, string message) =>
        Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", record)).Lines[0].Message.ShouldStartWith(message);

    [Fact]
    public void A_part_that_is_no_text_is_named() =>
        Should.Throw<BadDataException>(() => _folder.Read("a.jsonl", """{"messages": [{"role": "user", "content": [{"type": "image_url", "url": "x"}]}]}""")).Lines[0].Message
            .ShouldBe("messages[0].content[0] is no part of type \"text\"; it is of type \"image_url\", and only text can be trained on, remove the record");

    [Fact]
    public void Named_columns_are_read_wherever_they_stand()
    {
        const string Record = """{"sample": {"question": "p", "a.b": "r"}, "messages": [], "turns": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}], "response": "r"}""";
        var path = _folder.Write("a.jsonl", Record);
        foreach (var columns in new ColumnSettings[] { new() { Prompt = "sample.question", Response = "response" }, new() { Prompt = "sample.question" }, new() { Messages = "turns" } })
        {
            var example = ExampleReader.Read([path], DataFormat.Auto, skipBad: false, columns).Examples.ShouldHaveSingleItem();
            (example.Prompt, example.Response).ShouldBe(("p", "r"));
        }
    }

    [Theory]
    [InlineData("questin", "answer", "data.columns.prompt: a.jsonl:1 lacks \"questin\"; it has \"question\", \"answer\", \"deep\"; name a column that is there")]
    [InlineData("deep.q", "answer", "data.columns.prompt: a.jsonl:1 lacks \"deep.q\"; \"deep\" has \"x\"; name a column that is there")]
    [InlineData("question", "answer.text", "data.columns.response: a.jsonl:1 lacks \"answer.text\"; \"answer\" is \"a\"; name a column that is there")]
    public void A_column_that_is_not_there_is_one_fault(string prompt, string response, string message)
    {
        var path = _folder.Write("a.jsonl", """{"question": "q", "answer": "a", "deep": {"x": 1}}""");
        var columns = new ColumnSettings { Prompt = prompt, Response = response };
        _folder.Plain(Should.Throw<TSpinException>(() => ExampleReader.Read([path], DataFormat.Auto, skipBad: true, columns))).ShouldBe(message);
    }

    [Fact]
    public void A_column_missing_later_is_a_bad_record() =>
        Should.Throw<BadDataException>(() => ExampleReader.Read([_folder.Write("a.jsonl", "{\"q\": \"p\", \"a\": \"r\"}\n{\"q\": \"p\"}")], DataFormat.Auto, false, new ColumnSettings { Prompt = "q", Response = "a" }))
            .Lines.ShouldHaveSingleItem().Message.ShouldBe("lacks \"a\"; it has \"q\"");

    [Theory]
    [InlineData("data: {train: a, columns: {messages: m, prompt: p}}", "data.columns.messages: a list of turns holds prompt and response already; name messages, or prompt and response")]
    [InlineData("data: {train: a, format: alpaca, columns: {prompt: p}}", "data.format: data.columns replaces the names of format prompt-response; leave the format at auto, or remove the columns")]
    [InlineData("data: {train: a, columns: {prompt: a..b}}", "data.columns.prompt: \"a..b\" names no column; write for example question, or sample.question")]
    [InlineData("data: {train: a, columns: {promt: b}}", "data.columns.promt: unknown key; did you mean \"prompt\"?")]
    public void Columns_that_make_no_sense_are_faults_of_the_recipe(string yaml, string message) =>
        Should.Throw<RecipeException>(() => RecipeReader.Parse($"model: {{path: m}}\n{yaml}", "r.yaml", [])).Faults.ShouldHaveSingleItem().ToString().ShouldContain(message);

    private (DataFormat Format, string Prompt, string Response) Only(string record)
    {
        var set = _folder.Read("a.jsonl", record);
        var example = set.Examples.ShouldHaveSingleItem();
        return (set.Format, example.Prompt, example.Response);
    }
}
