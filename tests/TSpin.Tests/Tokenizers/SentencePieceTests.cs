using System.Buffers.Binary;
using System.Text;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>Small SentencePiece models, written here byte by byte.</summary>
public sealed class SentencePieceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tspin-spm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Bpe_joins_by_score_and_takes_unused_pieces_apart_again()
    {
        (string, float, int)[] pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("[X]", 0, 4), ("▁", -9, 1), ("a", -9, 1), ("b", -9, 1), ("ab", -1, 1), ("▁ab", -2, 5), ("ba", -0.5f, 1)];
        var tokenizer = Load(Model(pieces, modelType: 2));
        Pieces(tokenizer, "ab").ShouldBe(["▁", "ab"]);
        Pieces(tokenizer, "aba").ShouldBe(["▁", "a", "ba"]);
        Pieces(tokenizer, "  a[X]  zz ").ShouldBe(["▁", "a", "[X]", "▁", "<unk>"]);
        tokenizer.Decode(tokenizer.Encode("a ab", false), false).ShouldBe("a ab");
        tokenizer.Decode([1, 5, 0, 2], false).ShouldBe("a \u2047 ");
        (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId, tokenizer.PadId).ShouldBe(((int?)1, (int?)2, (int?)0, (int?)null));
    }

    [Fact]
    public void Unigram_writes_the_unknown_as_bytes_where_it_can()
    {
        var pieces = new List<(string, float, int)> { ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3) };
        pieces.AddRange(Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f, 6)));
        pieces.AddRange([("▁", -2, 1), ("a", -2, 1), ("▁a", -3, 1)]);
        var tokenizer = Load(Model(pieces, modelType: 1));
        Pieces(tokenizer, "a é").ShouldBe(["▁a", "▁", "<0xC3>", "<0xA9>"]);
        tokenizer.Decode(tokenizer.Encode("a é", false), false).ShouldBe("a é");
    }

    [Fact]
    public void In_a_folder_special_tokens_are_found_and_added_as_transformers_does()
    {
        (string, float, int)[] pieces = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -2, 1), ("a", -2, 1)];
        File.WriteAllBytes(Path.Combine(_folder, "tokenizer.model"), Model(pieces, modelType: 2));
        Tokenizer.Load(_folder).Encode("a</s>", addSpecialTokens: true).ShouldBe([1, 3, 4, 2]);
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), """{"add_bos_token":false,"add_eos_token":true}""");
        Tokenizer.Load(_folder).Encode("a", addSpecialTokens: true).ShouldBe([3, 4, 2]);
    }

    [Fact]
    public void A_damaged_model_gives_a_clear_fault_or_works()
    {
        var random = new RandomStream(4);
        var original = Model([("<unk>", 0, 2), ("<s>", 0, 3), ("▁", -2, 1), ("a", -2, 1), ("[X]", 0, 4), ("▁a", -1, 1)], modelType: 2);
        for (var round = 0; round < 1500; round++)
        {
            var bytes = original.ToArray();
            for (var i = random.NextInt(1, 3); i > 0; i--)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            try
            {
                Load(random.NextInt(3) == 0 ? bytes[..random.NextInt(bytes.Length)] : bytes).Encode("a [X] é", true);
            }
            catch (TSpinException fault)
            {
                fault.Message.ShouldContain("tokenizer");
            }
        }
    }

    private static string[] Pieces(Tokenizer tokenizer, string text) => [.. tokenizer.Encode(text, false).Select(tokenizer.Piece)];

    private Tokenizer Load(byte[] model)
    {
        var path = Path.Combine(_folder, "tokenizer.model");
        File.WriteAllBytes(path, model);
        return Tokenizer.Load(path);
    }

    internal static byte[] Model(IReadOnlyList<(string Text, float Score, int Type)> pieces, byte modelType)
    {
        var result = new List<byte>();
        foreach (var (text, score, type) in pieces)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            var number = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(number, score);
            byte[] piece = [0x0A, (byte)utf8.Length, .. utf8, 0x15, .. number, 0x18, (byte)type];
            result.AddRange([0x0A, (byte)piece.Length, .. piece]);
        }

        // trainer_spec { model_type }, normalizer_spec { add_dummy_prefix: true, remove_extra_whitespaces: true }.
        result.AddRange([0x12, 2, 0x18, modelType, 0x1A, 4, 0x18, 1, 0x20, 1]);
        return [.. result];
    }
}
