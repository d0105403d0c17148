using Shouldly;
using TSpin.Evaluation.Harness;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Tests.Generation;
using TSpin.Tests.Tokenizers;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>From texts to ids as the harness does it, and what a small model makes of them.</summary>
public sealed class HarnessModelTests
{
    [Fact]
    public void Blanks_at_the_end_of_a_context_belong_to_the_continuation()
    {
        var tokenizer = TestTokenizers.ByteLevel();
        var tokens = new HarnessTokens(tokenizer, TinyModel.Config with { VocabularySize = 300 });
        var (context, continuation) = tokens.Pair(new ContinuationRequest("Answer: \n", "(A)"));
        context.ShouldBe(tokenizer.Encode("Answer:", addSpecialTokens: true));
        continuation.ShouldBe(tokenizer.Encode(" \n(A)", addSpecialTokens: false));
        Should.Throw<TSpinException>(() => tokens.Pair(new ContinuationRequest("a", ""))).Message.ShouldContain("no tokens of its own");
        Should.Throw<TSpinException>(() => tokens.Pair(new ContinuationRequest("a", new string('b', 65)))).Message.ShouldContain("65 tokens");
        tokens.Prompt(new string('a', 70), 4).ShouldSatisfyAllConditions(prompt => prompt.Ids.Length.ShouldBe(60), prompt => prompt.IsCut.ShouldBeTrue());
        Should.Throw<TSpinException>(() => tokens.Prompt("a", 64)).Message.ShouldContain("--max-new-tokens");
    }

    [Fact]
    public void Begin_is_added_unless_the_text_begins_with_it()
    {
        // A byte-level tokenizer that puts <s> before a text.
        var folder = new TemporaryFolder();
        using (folder)
        {
            var json = System.Text.Json.Nodes.JsonNode.Parse(BpeTrainer.Train([], 257, ["<s>"]))!;
            json["post_processor"] = System.Text.Json.Nodes.JsonNode.Parse(
                """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}}""");
            File.WriteAllText(folder["tokenizer.json"], json.ToJsonString());
            File.WriteAllText(folder["tokenizer_config.json"], """{"bos_token": "<s>"}""");
            var tokenizer = Tokenizer.Load(folder.Path);
            var tokens = new HarnessTokens(tokenizer, TinyModel.Config with { VocabularySize = 300 });
            var a = tokenizer.Encode("a", addSpecialTokens: false)[0];
            tokens.Pair(new ContinuationRequest("a", "a")).ShouldSatisfyAllConditions(pair => pair.Context.ShouldBe([0, a]), pair => pair.Continuation.ShouldBe([a]));
            tokens.Pair(new ContinuationRequest("<s>a", "a")).Context.ShouldBe([0, a]);
            tokens.Prompt("<s>a", 1).Ids.ShouldBe([0, a]);
            tokens.Pair(new ContinuationRequest("", "a")).Context.ShouldBe([0]);
        }
    }

    [Fact]
    public void The_class_that_a_tokenizer_names_cuts_texts_as_transformers_5_has_it()
    {
        using var folder = new TemporaryFolder();
        var json = System.Text.Json.Nodes.JsonNode.Parse(BpeTrainer.Train(["a\n\n1", "b\n\nb"], 262, ["<eos>"]))!;
        json["pre_tokenizer"] = System.Text.Json.Nodes.JsonNode.Parse(
            """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}""");
        json["model"]!["vocab"]!["ĊĊ"] = 999;
        json["model"]!["merges"] = System.Text.Json.Nodes.JsonNode.Parse("""["Ċ Ċ"]""");
        File.WriteAllText(folder["tokenizer.json"], json.ToJsonString());
        File.WriteAllText(folder["tokenizer_config.json"], """{"tokenizer_class": "PreTrainedTokenizerFast"}""");
        Pieces().ShouldBe(["ĊĊ", "1"]);
        // As the class GPT2Tokenizer: white space before a word keeps its last character apart, and a digit is a word.
        File.WriteAllText(folder["tokenizer_config.json"], """{"tokenizer_class": "GPT2TokenizerFast"}""");
        Pieces().ShouldBe(["Ċ", "Ċ", "1"]);
        Tokenizer.Load(folder.Path).Encode("\n\n1", addSpecialTokens: false).Length.ShouldBe(2, "the file as it is");

        string[] Pieces()
        {
            var tokenizer = Tokenizer.LoadByClass(folder.Path);
            return [.. tokenizer.Encode("\n\n1", addSpecialTokens: false).Select(tokenizer.Piece)];
        }
    }

    [Fact]
    public void Contexts_are_cut_at_the_left_and_counted()
    {
        using var decoder = TinyModel.Decoder(Bytes);
        var model = new HarnessModel(decoder, TestTokenizers.ByteLevel(), null);
        var text = string.Concat(Enumerable.Range(0, 80).Select(i => (char)('a' + (i * 7 % 26))));
        // 64 positions read 64 tokens; the last one of 65 is only predicted.
        var whole = model.Score([new(text[..78], text[78..])])[0];
        model.ContextsCut.ShouldBe(1);
        var kept = model.Score([new(text[15..78], text[78..])])[0];
        model.ContextsCut.ShouldBe(1);
        whole.LogProb.ShouldBe(kept.LogProb, 1e-5);
    }

    [Fact]
    public void An_answer_takes_the_likeliest_tokens_and_ends_before_a_stop_text()
    {
        using var decoder = TinyModel.Decoder(Bytes);
        var tokenizer = TestTokenizers.ByteLevel();
        var model = new HarnessModel(decoder, tokenizer, null);
        var request = new AnswerRequest("abc", [], 6);
        var (text, tokens, _) = model.Write([request])[0];
        tokens.ShouldBe(TinyModel.Slow(decoder, tokenizer.Encode("abc", addSpecialTokens: false), new SamplingOptions { MaxNewTokens = 6, Temperature = 0 }, 0).Tokens);
        text.ShouldBe(model.Decode(tokens));
        model.Answer([request])[0].ShouldBe(text);
        model.Lead(request, []).ShouldBeGreaterThan(0);
        var stop = text[^1].ToString();
        model.Answer([request with { Until = [stop] }])[0].ShouldBe(text[..text.IndexOf(stop, StringComparison.Ordinal)]);
    }

    private static DecoderConfig Bytes => TinyModel.Config with { VocabularySize = 258, EosIds = [257] };
}
