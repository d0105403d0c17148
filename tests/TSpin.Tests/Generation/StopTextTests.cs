using Shouldly;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tests.Tokenizers;
using TSpin.Tokenizers;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Generation;

/// <summary>Stop texts and streaming with models that say what the test wants: their likeliest next token follows from the last one.</summary>
public sealed class StopTextTests
{
    [Theory]
    [InlineData("né €\n#x", "\n##", "n|é| |€|\n#x")]
    [InlineData("né €\n#", "\n##", "n|é| |€|\n#")]
    [InlineData("done\r\n# m", "\r\n#", "d|o|n|e")]
    [InlineData("STOP", "STOP", "")]
    [InlineData("abSTcd", "bST", "a")]
    public void Streams_whole_characters_and_nothing_of_a_stop_text(string says, string stop, string pieces)
    {
        var tokenizer = TestTokenizers.ByteLevel();
        int[] ids = [.. tokenizer.Encode(says, addSpecialTokens: false)];
        using var decoder = Parrot(tokenizer.VocabularySize, ids);
        var options = new SamplingOptions { Temperature = 0, StopTexts = ["qqq", stop] };
        var generator = new Generator(decoder, tokenizer, options, endIds: [0]);
        generator.Stream([1], 0).ShouldBe(pieces.Split('|', StringSplitOptions.RemoveEmptyEntries));

        var response = generator.Generate([new PromptTokens(0, [1])], TinyModel.Seeds).Single();
        response.Text.ShouldBe(pieces.Replace("|", "", StringComparison.Ordinal));
        var at = says.IndexOf(stop, StringComparison.Ordinal);
        response.FinishReason.ShouldBe(at >= 0 ? FinishReason.Stop : FinishReason.Eos);
        response.Tokens.ShouldBe(at >= 0 ? ids[..System.Text.Encoding.UTF8.GetByteCount(says[..(at + stop.Length)])] : [.. ids, 0]);
    }

    [Fact]
    public void A_stop_text_of_byte_tokens_counts_at_once_although_their_run_goes_on()
    {
        var tokenizer = TestTokenizers.ByteFallback();
        int[] ids = [.. new[] { "▁ab", "c", "<0x0A>", "<0x0D>", "<0x0B>" }.Select(token => tokenizer.IdOf(token)!.Value)];
        using var decoder = Parrot(tokenizer.VocabularySize, ids);
        var generator = new Generator(decoder, tokenizer, new SamplingOptions { Temperature = 0, StopTexts = ["\n\r"] }, endIds: [0]);
        var response = generator.Generate([new PromptTokens(0, [1])], TinyModel.Seeds).Single();
        response.Tokens.ShouldBe(ids[..4]);
        response.Text.ShouldBe("abc");
        generator.Stream([1], 0).ShouldBe(["ab", "c"]);
    }

    [Fact]
    public void Half_a_character_comes_out_at_the_end_as_it_does_in_the_text()
    {
        var tokenizer = TestTokenizers.ByteLevel();
        int[] ids = [.. tokenizer.Encode("a€", addSpecialTokens: false)[..^1]];
        using var decoder = Parrot(tokenizer.VocabularySize, ids);
        var generator = new Generator(decoder, tokenizer, new SamplingOptions { Temperature = 0 }, endIds: [0]);
        generator.Stream([1], 0).ShouldBe(["a", "\uFFFD"]);
        generator.Generate([new PromptTokens(0, [1])], TinyModel.Seeds).Single().Text.ShouldBe("a\uFFFD");
    }

    [Fact]
    public void A_stop_id_and_the_text_of_a_special_token_end_an_answer_and_are_no_part_of_its_text()
    {
        var tokenizer = TestTokenizers.Load(BpeTrainer.Train([], 259, ["<eos>", "<s>", "<|stop|>"]));
        var stop = tokenizer.IdOf("<|stop|>")!.Value;
        int[] ids = [.. tokenizer.Encode("ab", addSpecialTokens: false), .. tokenizer.Encode("c", addSpecialTokens: false)];
        using var decoder = Parrot(tokenizer.VocabularySize, [ids[0], ids[1], ids[2]], first: stop);
        foreach (var (options, text, count) in new[]
        {
            (new SamplingOptions { StopIds = [ids[1]] }, "a", 2),
            (new SamplingOptions { StopTexts = [" <|stop|>\n"] }, "abc", 4),
            (new SamplingOptions { StopTexts = ["b"], StopIds = [ids[2]] }, "a", 2),
        })
        {
            var generator = new Generator(decoder, tokenizer, options with { Temperature = 0, MaxNewTokens = 9 }, endIds: []);
            var response = generator.Generate([new PromptTokens(0, [stop])], TinyModel.Seeds).Single();
            (response.FinishReason, response.Text, response.Tokens.Length).ShouldBe((FinishReason.Stop, text, count));
            string.Concat(generator.Stream([stop], 0)).ShouldBe(text);
        }
    }

    [Fact]
    public void A_stop_that_could_never_come_up_is_refused()
    {
        var tokenizer = TestTokenizers.ByteLevel();
        using var decoder = TinyModel.Decoder(TinyModel.Config with { VocabularySize = 257 });
        Should.Throw<TSpinException>(() => new Generator(decoder, tokenizer, new SamplingOptions { StopTexts = ["x<eos>"] })).Message.ShouldContain("Give '<eos>' alone");
        Should.Throw<TSpinException>(() => new Generator(decoder, tokenizer, new SamplingOptions { StopIds = [257] })).Message.ShouldContain("the stop id 257 is no token of the model");
    }

    /// <summary>A model that after the first token says the given different ids and then 0, or the first again where that is not 1: one-hot embedding, no block does anything, the head maps each id to its successor.</summary>
    private static Decoder Parrot(int vocabulary, int[] ids, int first = 1)
    {
        var config = TinyModel.Config with
        {
            VocabularySize = vocabulary,
            HiddenSize = vocabulary + (vocabulary % 2),
            HeadCount = 1,
            KeyValueHeadCount = 1,
            HeadDimension = 2,
            LayerCount = 1,
            Windows = [null],
            Ropes = [null],
        };
        ids.ShouldBeUnique();
        using var scope = new TensorScope();
        var parameters = ParameterShapes.Of(config).ToDictionary(shape => shape.Name, shape => Tensor.Zeros(shape.Shape), StringComparer.Ordinal);
        parameters["model.norm.weight"].Fill(1);
        int[] path = [first, .. ids, first == 1 ? 0 : first];
        foreach (var (from, to) in path.Zip(path.Skip(1)))
        {
            parameters["model.embed_tokens.weight"].Select(0, from).Select(0, from).Fill(1);
            parameters["lm_head.weight"].Select(0, to).Select(0, from).Fill(1);
        }

        return new Decoder(config, parameters);
    }
}
