using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tests.Generation;
using TSpin.Tests.Tokenizers;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Prompts;

public sealed class EndTokensTests : IDisposable
{
    private const int Free = 258;   // <eos> 0, <s> 1, then the bytes

    private readonly TemporaryFolder _folder = new();

    public EndTokensTests()
    {
        BpeTrainer.Train([], Free, ["<eos>", "<s>"], _folder["tokenizer.json"]);
        DecoderConfigWriter.Write(TinyModel.Config with { VocabularySize = 270, EosIds = [1, 0], BosId = 1 }, _folder.Path);
        File.Delete(_folder["generation_config.json"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_ids_of_generation_config_go_before_those_of_config()
    {
        Ends().Ids.ShouldBe([1, 0]);
        Write("generation_config.json", """{"eos_token_id":0}""");
        Ends().Ids.ShouldBe([0]);
        Ends().All.Single().Sources.ShouldBe(["generation_config.json"]);
        Write("generation_config.json", """{"eos_token_id":null,"top_k":5}""");
        Ends().Ids.ShouldBe([1, 0]);
    }

    [Fact]
    public void The_tokenizer_s_EOS_ends_answers_and_is_trained_though_config_does_not_name_it()
    {
        Write("tokenizer_config.json", """{"eos_token":"<|end|>"}""");
        var ends = Ends();
        ends.Ids.ShouldBe([1, 0, Free]);
        ends.Trained.ShouldBe(Free);
        ends.ToString().ShouldBe("1 '<s>' from config.json; 0 '<eos>' from config.json; 258 '<|end|>' from tokenizer_config.json; training appends 258 '<|end|>'");
    }

    [Theory]
    [InlineData("<|end|>\n", true, Free)]
    [InlineData("\n <|end|>", true, Free)]
    [InlineData("<|end|>", false, Free)]
    [InlineData("\n\n", true, 0)]
    [InlineData("\n\n### Next:", true, 0)]
    [InlineData("### Next: <|end|>", true, 0)]
    public void The_end_of_a_turn_is_a_token_that_the_template_writes_out(string behind, bool special, int trained)
    {
        Write("tokenizer_config.json", """{"eos_token":"<eos>","added_tokens_decoder":{"258":{"content":"<|end|>","special":IS}}}""".Replace("IS", special ? "true" : "false", StringComparison.Ordinal));
        Write("chat_template.jinja", "{% for m in messages %}{{ m.role }}: {{ m.content }}" + behind + "{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
        var ends = Ends("chat");
        ends.Trained.ShouldBe(trained);
        ends.Ids.Contains(Free).ShouldBe(trained == Free);
        ends.All.Single(end => end.Id == trained).Sources.ShouldContain(trained == Free ? "chat_template.jinja" : "tokenizer_config.json");
    }

    [Fact]
    public void A_plain_space_of_a_SentencePiece_vocabulary_ends_nothing()
    {
        var folder = SharedFolder.Require("cases", "tokens-and-data", "turn-ends-in-plain-text");
        var ends = EndTokens.Of(DecoderConfigReader.Read(folder), Tokenizer.Load(folder), PromptTemplate.Of("chat", folder));
        ends.Trained.ShouldBe(2);
        ends.Ids.ShouldBe([2, 1]);
    }

    [Fact]
    public void A_plain_space_of_a_vocabulary_of_our_own_ends_nothing()
    {
        var tokenizer = TestTokenizers.ByteFallback();
        Write("chat_template.jinja", "{% for m in messages %}{{ m.content }}\n\n{% endfor %}");
        tokenizer.Decode(tokenizer.Encode("\n\n", addSpecialTokens: false).AsSpan(0, 1), skipSpecialTokens: true).ShouldBeEmpty("the trap: what shows nothing is no end for that");
        EndTokens.Of(TinyModel.Config with { VocabularySize = 300, EosIds = [7] }, tokenizer, PromptTemplate.Of("chat", _folder.Path)).Ids.ShouldBe([7]);
    }

    [Fact]
    public void An_end_without_a_row_in_the_embedding_is_refused_by_name()
    {
        var config = DecoderConfigReader.Read(_folder.Path) with { VocabularySize = Free };
        Write("tokenizer_config.json", """{"eos_token":"<|end|>"}""");
        var fault = Should.Throw<TSpinException>(() => EndTokens.Of(config, Tokenizer.Load(_folder.Path), PromptTemplate.Paper));
        fault.Message.ShouldContain("tokenizer_config.json: ends a response with '<|end|>', whose id is 258, but the model's vocab_size is 258");
    }

    [Fact]
    public void BOS_comes_once_and_no_EOS_ends_a_prompt()
    {
        var json = JsonNode.Parse(File.ReadAllText(_folder["tokenizer.json"]))!;
        json["post_processor"] = JsonNode.Parse("""
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<eos>","type_id":0}}],"pair":[],
             "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]},"<eos>":{"id":"<eos>","ids":[0],"tokens":["<eos>"]}}}
            """);
        Write("tokenizer.json", json.ToJsonString());
        Write("tokenizer_config.json", """{"eos_token":"<eos>","bos_token":"<s>"}""");
        var tokenizer = Tokenizer.Load(_folder.Path);
        int[] words = [.. tokenizer.Encode("ab", addSpecialTokens: false)];
        foreach (var (template, prompt) in new[] { ("none", "ab"), ("none", "<s>ab"), ("<s>{prompt}", "ab"), ("<s>{prompt}", "<s>ab") })
        {
            Encoder(template, tokenizer).Prompts([prompt])[0].Ids.ShouldBe([1, .. words], $"{template} {prompt}");
        }

        Write("chat_template.jinja", "<s>{% for m in messages %}{{ m.content }}{% endfor %}");
        Encoder("chat", tokenizer).Prompts(["<s>ab"])[0].Ids.ShouldBe([1, .. words]);
        Encoder("none", tokenizer).BeginId.ShouldBe(1);
    }

    [Theory]
    [InlineData("ab", "ab")]
    [InlineData("ab<eos>", "ab")]
    [InlineData("ab <eos>\n", "ab ")]
    [InlineData("ab<eos><eos>", "ab")]
    [InlineData("a<eos>b", "a<eos>b")]
    public void A_response_that_writes_its_end_out_gets_no_second_one(string response, string expected)
    {
        Write("tokenizer_config.json", """{"eos_token":"<eos>"}""");
        var tokenizer = Tokenizer.Load(_folder.Path);
        Encoder("paper", tokenizer).Responses([("x", response)])[0].ShouldBe(tokenizer.Encode(expected, addSpecialTokens: false));
        Write("chat_template.jinja", "{% for m in messages %}{{ m.content }}<eos>\n{% endfor %}");
        var chat = Encoder("chat", tokenizer);
        chat.Responses([("x", response)])[0].ShouldBe(tokenizer.Encode(expected, addSpecialTokens: false));
        chat.IsOneText([new("user", "x")], response).ShouldBeTrue();
    }

    private PromptEncoder Encoder(string template, Tokenizer tokenizer) => new(PromptTemplate.Of(template, _folder.Path), tokenizer, DecoderConfigReader.Read(_folder.Path));

    private EndTokens Ends(string template = "paper") => Encoder(template, Tokenizer.Load(_folder.Path)).Ends;

    private void Write(string name, string text) => File.WriteAllText(_folder[name], text);
}
