using System.CommandLine;
using Shouldly;
using TSpin.Cli;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>Conversations, and chat templates in the verbs that answer and score.</summary>
public sealed class ChatTests : IDisposable
{
    private const string Template = "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}{{ mark }}\n{% endfor %}{% if add_generation_prompt %}a:{% endif %}";

    private readonly TinyRun _tiny = new();
    private readonly Tokenizer _tokenizer;

    public ChatTests()
    {
        File.WriteAllText(_tiny["own.jinja"], Template);
        _tokenizer = Tokenizer.Load(_tiny.Model);
    }

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Earlier_questions_and_answers_are_part_of_the_prompt_until_it_begins_anew()
    {
        var talk = Conversation(room: 1000);
        Asked(talk, "one").ShouldBe("u:one\na:");
        talk.Answer("1");
        Asked(talk, "two").ShouldBe("u:one\na:1\nu:two\na:");
        Asked(talk, "again").ShouldBe("u:one\na:1\nu:again\na:", "a question without answer is not remembered");
        talk.System = "Brief.";
        talk.Reset();
        Asked(talk, "three").ShouldBe("s:Brief.\nu:three\na:");
        talk.Answer("3");
        talk.Exchanges.ShouldBe(1);
    }

    [Fact]
    public void What_has_no_room_is_forgotten_from_the_oldest_question_on_but_never_the_system_turn()
    {
        var whole = _tokenizer.Encode("s:Be\nu:b\na:B\nu:c\na:", addSpecialTokens: true).Length;
        var talk = Conversation(room: whole);
        talk.System = "Be";
        talk.Ask("a");
        talk.Answer("A");
        talk.Ask("b");
        talk.Answer("B");

        var (ids, forgotten) = talk.Ask("c");
        forgotten.ShouldBe(1);
        _tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe("s:Be\nu:b\na:B\nu:c\na:");
        talk.Answer("C");
        Asked(talk, new string('x', 200)).ShouldBe($"s:Be\nu:{new string('x', 200)}\na:");
        talk.Exchanges.ShouldBe(0);
    }

    [Fact]
    public void Alone_every_question_is_the_first()
    {
        var talk = Conversation(room: 1000, remembers: false);
        talk.Ask("one");
        talk.Answer("1");
        Asked(talk, "two").ShouldBe("u:two\na:");
    }

    [Fact]
    public void The_second_answer_of_a_chat_is_that_of_generate_on_the_whole_conversation()
    {
        var first = Talk("How many figs?\n", "--template", _tiny["own.jinja"]).TrimEnd('\n');
        var both = Talk("How many figs?\nAnd plums?\n", "--template", _tiny["own.jinja"]);
        both.ShouldStartWith(first + "\n");

        var second = Generated($"u:How many figs?\na:{first}\nu:And plums?\na:");
        both.ShouldBe($"{first}\n{second}\n");
        Talk("How many figs?\nAnd plums?\n", "--template", _tiny["own.jinja"], "--alone").ShouldBe($"{first}\n{Generated("u:And plums?\na:")}\n");
        Talk("Wrong\n/reset\nHow many figs?\n", "--template", _tiny["own.jinja"]).ShouldEndWith($"\n{first}\n");
        Talk("/system Be\nAnd plums?\n", "--template", _tiny["own.jinja"]).ShouldBe($"{Generated("s:Be\nu:And plums?\na:")}\n");
    }

    [Fact]
    public void Score_renders_with_a_chat_template_its_system_turn_and_its_arguments()
    {
        File.WriteAllText(_tiny["records.jsonl"], "{\"prompt\": \"How many figs?\", \"response\": \"7 figs\"}\n");
        var given = Score("--template", _tiny["own.jinja"], "--system", "Be", "--argument", "mark=!");

        var (prompt, response) = (_tokenizer.Encode("s:Be!\nu:How many figs?!\na:", addSpecialTokens: false), _tokenizer.Encode("7 figs", addSpecialTokens: false));
        File.WriteAllText(_tiny["records.jsonl"], $$"""{"prompt_ids": [{{string.Join(',', prompt)}}], "response_ids": [{{string.Join(',', response)}}]}""" + "\n");
        var expected = Score();
        given.ResponseIds.ShouldBe(response);
        given.PromptTokens.ShouldBe(prompt.Length);
        given.TokenLogProbs.ShouldBe(expected.TokenLogProbs);
    }

    private string Asked(Conversation talk, string words) => _tokenizer.Decode(talk.Ask(words).Ids, skipSpecialTokens: true);

    private Conversation Conversation(int room, bool remembers = true) =>
        new(new PromptEncoder(PromptTemplate.Of(_tiny["own.jinja"], _tiny.Model), _tokenizer, DecoderConfigReader.Read(_tiny.Model)), room, remembers);

    private string Generated(string prompt)
    {
        using var decoder = DecoderLoader.Load(_tiny.Model);
        var generator = new Generator(decoder, _tokenizer, new SamplingOptions { MaxNewTokens = 6, Temperature = 0 });
        return generator.Generate([new PromptTokens(0, _tokenizer.Encode(prompt, addSpecialTokens: false))], new ResponseSeeds(1, "test", 0)).Single().Text;
    }

    private string Talk(string lines, params string[] options)
    {
        using var output = new StringWriter { NewLine = "\n" };
        ChatCommand.Create(new StringReader(lines)).Parse([_tiny.Model, "--temperature", "0", "--max-new-tokens", "6", "--dtype", "float32", .. options])
            .Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false }).ShouldBe(0);
        return output.ToString();
    }

    private ScoreLine Score(params string[] options)
    {
        ScoreCommand.Create().Parse([_tiny.Model, _tiny["records.jsonl"], "--out", _tiny["scores.jsonl"], "--dtype", "float32", .. options])
            .Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).ShouldBe(0);
        return JsonLinesReader.Read<ScoreLine>(_tiny["scores.jsonl"]).Single();
    }
}
