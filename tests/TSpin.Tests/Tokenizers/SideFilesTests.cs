using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>What the files beside a tokenizer add to it; the rules are those that transformers 5.23 was measured to have.</summary>
public sealed class SideFilesTests : IDisposable
{
    private const int Free = 258;   // <eos> 0, <s> 1, then the bytes

    private readonly TemporaryFolder _folder = new();

    public SideFilesTests() => BpeTrainer.Train([], Free, ["<eos>", "<s>"], _folder["tokenizer.json"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_decoder_s_tokens_are_added_with_their_flags_at_the_next_free_ids()
    {
        Config("""
            "added_tokens_decoder":{
              "0":{"content":"<eos>","special":true}, "900":{"content":"<b>","special":true,"rstrip":true}, "700":{"content":"<a>","special":false}, "1":{"content":"<other>","special":true}}
            """);
        var tokenizer = Load();
        (tokenizer.IdOf("<other>"), tokenizer.IdOf("<a>"), tokenizer.IdOf("<b>"), tokenizer.IdOf("<s>")).ShouldBe((Free, Free + 1, Free + 2, 1), "in the order of the table's ids");
        (tokenizer.IsSpecial(Free), tokenizer.IsSpecial(Free + 1), tokenizer.IsSpecial(Free + 2)).ShouldBe((true, false, true));
        tokenizer.Encode("<b>  <a>", addSpecialTokens: false).ShouldBe([Free + 2, Free + 1], "rstrip");
        tokenizer.NotFollowed.Count.ShouldBe(3);
        tokenizer.NotFollowed.ShouldContain(sentence => sentence.Contains("added_tokens_decoder", StringComparison.Ordinal) && sentence.Contains("'<b>' the id 900; its id is 260", StringComparison.Ordinal));
    }

    [Fact]
    public void A_named_token_is_special_and_one_of_no_vocabulary_is_added()
    {
        Config("\"eos_token\":\"<|end|>\",\"image_token\":\"<image>\",\"bos_token\":\"a\"");
        var tokenizer = Load();
        (tokenizer.EosId, tokenizer.EosSource).ShouldBe((Free, "tokenizer_config.json"));
        tokenizer.Encode("x<|end|><image>", addSpecialTokens: false)[1..].ShouldBe([Free, Free + 1]);
        (tokenizer.IsSpecial(Free), tokenizer.IsSpecial(Free + 1), tokenizer.IsSpecial(tokenizer.BosId!.Value)).ShouldBe((true, true, true), "a token of the vocabulary too, once it has a role");
    }

    [Fact]
    public void Extra_special_tokens_go_before_the_older_name()
    {
        Config("\"additional_special_tokens\":[\"<a>\",{\"content\":\"<b>\",\"lstrip\":true}]");
        Load().Encode("<a> <b>", addSpecialTokens: false).ShouldBe([Free, Free + 1]);
        Config("\"additional_special_tokens\":[\"<a>\"],\"extra_special_tokens\":{\"x_token\":\"<c>\"}");
        var tokenizer = Load();
        (tokenizer.IdOf("<a>"), tokenizer.IdOf("<c>")).ShouldBe(((int?)null, (int?)Free));
        tokenizer.NotFollowed.Single().ShouldContain("'<a>' is not a token");
    }

    [Fact]
    public void Older_files_are_read_only_without_a_decoder()
    {
        File.WriteAllText(_folder["added_tokens.json"], """{"<z>":258,"<y>":257}""");
        File.WriteAllText(_folder["special_tokens_map.json"], """{"eos_token":{"content":"<y>"},"additional_special_tokens":["<never>"]}""");
        Config("\"eos_token\":\"<eos>\"");
        var tokenizer = Load();
        (tokenizer.IdOf("<y>"), tokenizer.IdOf("<z>"), tokenizer.IdOf("<never>")).ShouldBe(((int?)Free, (int?)(Free + 1), (int?)null));
        (tokenizer.EosId, tokenizer.EosSource, tokenizer.IsSpecial(Free), tokenizer.IsSpecial(Free + 1)).ShouldBe((Free, "special_tokens_map.json", true, false));
        tokenizer.NotFollowed.ShouldContain(sentence => sentence.Contains("'<never>' is not a token", StringComparison.Ordinal));

        Config("\"eos_token\":\"<eos>\",\"added_tokens_decoder\":{}");
        tokenizer = Load();
        (tokenizer.EosId, tokenizer.EosSource, tokenizer.IdOf("<y>")).ShouldBe((0, "tokenizer_config.json", (int?)null));
        tokenizer.NotFollowed.ShouldContain(sentence => sentence.Contains("added_tokens.json", StringComparison.Ordinal) && sentence.Contains("'<z>'", StringComparison.Ordinal));
    }

    [Fact]
    public void Special_tokens_are_text_where_the_folder_says_so()
    {
        Config("\"split_special_tokens\":true,\"extra_special_tokens\":[\"<a>\"]");
        Load().Encode("<a><eos>", addSpecialTokens: false).Length.ShouldBe("<a><eos>".Length);
    }

    [Fact]
    public void Beside_tokenizer_json_the_post_processor_decides_and_that_is_said()
    {
        Config("\"eos_token\":\"<eos>\",\"bos_token\":\"<s>\",\"add_bos_token\":false,\"add_eos_token\":true");
        Load().Encode("a", addSpecialTokens: true).Length.ShouldBe(1);
        var sentence = Load().NotFollowed.Single();
        sentence.ShouldContain("tokenizer_config.json: field add_eos_token: true is not followed");
    }

    [Fact]
    public void A_bad_entry_is_named()
    {
        Config("\"added_tokens_decoder\":{\"x\":{\"content\":\"<a>\"}}");
        Should.Throw<TSpinException>(Load).Message.ShouldContain("added_tokens_decoder has the entry \"x\", which is not an id");
        Config("\"extra_special_tokens\":[5]");
        Should.Throw<TSpinException>(Load).Message.ShouldContain("extra_special_tokens[0] is 5, not a text");
    }

    [Fact]
    public void Beside_tokenizer_model_the_switches_decide()
    {
        File.Delete(_folder["tokenizer.json"]);
        (string, float, int)[] pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -2, 1), ("a", -2, 1), (".", -2, 1), ("▁a", -1, 1), ("▁.", -1.5f, 1)];
        File.WriteAllBytes(_folder["tokenizer.model"], SentencePieceTests.Model(pieces, modelType: 2));
        File.WriteAllText(_folder["added_tokens.json"], """{"<|im_end|>":8,"<|im_start|>":9}""");
        foreach (var (switches, expected) in new (string, int[])[]
        {
            ("\"legacy\":true", [1, 6, 1, 7, 8, 9]),
            ("\"legacy\":false", [1, 6, 1, 5, 8, 9]),
            ("\"add_prefix_space\":false", [1, 4, 1, 5, 8, 9]),
            ("\"legacy\":true,\"add_bos_token\":false,\"add_eos_token\":true", [6, 1, 7, 8, 9, 8]),
        })
        {
            Config($"\"eos_token\":\"<|im_end|>\",{switches}");
            Load().Encode("a<s>.<|im_end|><|im_start|>", addSpecialTokens: true).ShouldBe(expected, switches);
        }

        Load().IsSpecial(8).ShouldBeTrue();
        Load().Decode([6, 9, 8], skipSpecialTokens: true).ShouldBe("a<|im_start|>");
    }

    [Theory]
    [InlineData("<|user|>Hi <|end|> <|assistant|>ok</s>")]
    [InlineData(" <|end|>\n<|user|> a  b")]
    public void A_recorded_folder_s_decoder_gives_what_its_tokenizer_json_would(string text)
    {
        var folder = SharedFolder.Require("cases", "tokens-and-data", "added-tokens-decoder");
        Tokenizer.Load(folder).Encode(text, addSpecialTokens: true).ShouldBe(Tokenizer.Load(Path.Combine(folder, "expected")).Encode(text, addSpecialTokens: true));
    }

    private void Config(string members) => File.WriteAllText(_folder["tokenizer_config.json"], JsonNode.Parse("{" + members + "}")!.ToJsonString(new JsonSerializerOptions()));

    private Tokenizer Load() => Tokenizer.Load(_folder.Path);
}
