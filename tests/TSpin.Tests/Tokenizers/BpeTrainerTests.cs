using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

public sealed class BpeTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tspin-bpe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Learns_the_merges_that_can_be_counted_by_hand()
    {
        // "ab" occurs 5 times, "abc" then 3 times (a smaller id wins no tie here), " x" twice; "q" once gives nothing.
        var tokenizer = Trained(["ab ab", "abc", "abc", "abc", " x x q"], 400, ["<eos>"]);
        var a = tokenizer.IdOf("a")!.Value;
        tokenizer.VocabularySize.ShouldBe(1 + 256 + 3);
        tokenizer.IdOf("<eos>").ShouldBe(0);
        tokenizer.Piece(257).ShouldBe("ab");
        tokenizer.Piece(258).ShouldBe("abc");
        tokenizer.Piece(259).ShouldBe("Ġx");
        tokenizer.Encode("abcab xa<eos>", false).ShouldBe([258, 257, 259, a, 0]);
    }

    [Fact]
    public void Splits_digits_one_by_one()
    {
        var tokenizer = Trained(Enumerable.Repeat("42 1234 1234", 50), 300, []);
        tokenizer.Encode("1234", false).Length.ShouldBe(4);
    }

    [Fact]
    public void The_same_texts_in_any_order_give_the_same_file()
    {
        var texts = RandomTexts(11, 300);
        var shuffled = texts.ToArray();
        new RandomStream(5).Shuffle<string>(shuffled);
        BpeTrainer.Train(texts, 500, ["<eos>", "<pad>"]).ShouldBe(BpeTrainer.Train(shuffled, 500, ["<eos>", "<pad>"]));
    }

    [Fact]
    public void Any_text_comes_back()
    {
        var tokenizer = Trained(RandomTexts(3, 500), 600, ["<eos>"]);
        foreach (var text in RandomTexts(99, 200).Append("naïve 你好 😀 \0 \u200d\r\n\t"))
        {
            tokenizer.Decode(tokenizer.Encode(text, true), false).ShouldBe(text);
        }
    }

    [Fact]
    public void Refuses_a_size_below_the_bytes_and_doubled_special_tokens()
    {
        Should.Throw<TSpinException>(() => BpeTrainer.Train(["a"], 256, ["<eos>"])).Message.ShouldContain("257");
        Should.Throw<TSpinException>(() => BpeTrainer.Train(["a"], 300, ["<eos>", "<eos>"])).Message.ShouldContain("twice");
        Should.Throw<TSpinException>(() => BpeTrainer.Train(["a"], 300, ["a"])).Message.ShouldContain("byte");
    }

    private Tokenizer Trained(IEnumerable<string> texts, int size, string[] special)
    {
        var path = Path.Combine(_folder, "tokenizer.json");
        BpeTrainer.Train(texts, size, special, path);
        return Tokenizer.Load(_folder);
    }

    private static string[] RandomTexts(ulong seed, int count)
    {
        string[] words = ["the", "there", "then", "sum", "sums", "is", "7", "12", "apples", "café", "π", "don't", "\n", "  ", "Ä", "x=y;"];
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(_ => string.Join(' ', Enumerable.Range(0, random.NextInt(1, 12)).Select(_ => words[random.NextInt(words.Length)])))];
    }
}
