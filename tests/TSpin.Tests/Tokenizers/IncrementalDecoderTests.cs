using System.Text.Json;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

public sealed class IncrementalDecoderTests
{
    [Fact]
    public void Byte_level_waits_for_the_rest_of_a_character()
    {
        var tokenizer = TestTokenizers.ByteLevel();
        var decoder = new IncrementalDecoder(tokenizer, skipSpecialTokens: true);
        var pieces = tokenizer.Encode("é!", false).Select(decoder.Add).ToArray();
        pieces.ShouldBe(["", "é", "!"]);
        decoder.Add(tokenizer.Encode("😀", false)[0]).ShouldBe("");
        decoder.Finish().ShouldBe("\uFFFD");
    }

    [Fact]
    public void Byte_fallback_waits_for_the_end_of_the_run()
    {
        var tokenizer = TestTokenizers.ByteFallback();
        var decoder = new IncrementalDecoder(tokenizer, skipSpecialTokens: true);
        var ids = tokenizer.Encode("a é b", false);
        var pieces = ids.Select(decoder.Add).ToArray();
        string.Concat(pieces).ShouldBe("a é b");
        pieces[1].ShouldBe("a");
        pieces.ShouldBe(["", "a", " ", "", "", "é ", "b"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Together_the_parts_are_the_whole_for_any_ids(bool byteLevel)
    {
        var tokenizer = byteLevel ? TestTokenizers.ByteLevel() : TestTokenizers.ByteFallback();
        CheckRandomIds(tokenizer, 400);
    }

    [Theory]
    [MemberData(nameof(RecordedTokenizerTests.Records), MemberType = typeof(RecordedTokenizerTests))]
    public void Together_the_parts_are_the_whole_for_recorded_tokenizers(string name)
    {
        using var record = JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Require("reference", "tokenizers", name + ".json")));
        CheckRandomIds(Tokenizer.Load(SharedFolder.Require(record.RootElement.GetProperty("tokenizer").GetString()!)), 60);
    }

    private static void CheckRandomIds(Tokenizer tokenizer, int rounds)
    {
        var random = new RandomStream(17);
        for (var round = 0; round < rounds; round++)
        {
            // Low ids, where byte and special tokens are, more often than the rest.
            var ids = Enumerable.Range(0, random.NextInt(0, 30)).Select(_ => random.NextInt(random.NextInt(2) == 0 ? Math.Min(300, tokenizer.VocabularySize) : tokenizer.VocabularySize)).ToArray();
            var skip = random.NextInt(2) == 0;
            var decoder = new IncrementalDecoder(tokenizer, skip);
            var text = string.Concat(ids.Select(decoder.Add)) + decoder.Finish();
            text.ShouldBe(tokenizer.Decode(ids, skip), $"ids {string.Join(' ', ids)}");
        }
    }
}
