using System.Text;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>
/// Tokenizer files with bytes changed, cut out, doubled or cut off: they load and work, or give a TSpinException; and what they make the reader
/// allocate stays within a small factor of their size. TSPIN_FUZZ_ROUNDS says how many of each (default 400).
/// </summary>
public sealed class TokenizerFuzzTests : IDisposable
{
    // Tables that do not depend on the file: one for the ids of single characters, bits of character classes, Unicode's decompositions.
    private const long Tables = 24L << 20;
    private const int MostPerByte = 400;
    private const string Sample = "the Ann  don't x86 \n\té 日本 😀 <s> \uD800";

    private readonly TemporaryFolder _folder = new();
    private readonly int _rounds = int.TryParse(Environment.GetEnvironmentVariable("TSPIN_FUZZ_ROUNDS"), out var rounds) ? rounds : 400;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trained_tokenizer_json() => Fuzz("tokenizer.json", Encoding.UTF8.GetBytes(BpeTrainer.Train(Corpus(), 400, ["<|end|>", "<s>"])), seed: 11);

    [Fact]
    public void A_tokenizer_json_of_many_components() => Fuzz(
        "tokenizer.json",
        Encoding.UTF8.GetBytes("""
            {"added_tokens":[{"id":4,"content":"<s>","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false}],
            "normalizer":{"type":"Sequence","normalizers":[{"type":"Nmt"},{"type":"NFKD"},{"type":"StripAccents"},{"type":"BertNormalizer"},{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"},{"type":"Precompiled","precompiled_charsmap":"BAAAAAAAAABhAA=="}]},
            "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"UnicodeScripts"},{"type":"Punctuation","behavior":"Contiguous"},{"type":"Digits","individual_digits":false},{"type":"CharDelimiterSplit","delimiter":"x"},{"type":"FixedLength","length":3},
            {"type":"Split","pattern":{"Regex":"(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|(?<=a|bc)\\s*[\\r\\n]|\\s+(?!\\S)|[a-z&&[^aeiou]]+?"},"behavior":"MergedWithNext","invert":true}]},
            "post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",4]}]},
            "decoder":{"type":"Sequence","decoders":[{"type":"BPEDecoder","suffix":"</w>"},{"type":"WordPiece","prefix":"##","cleanup":true},{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true},{"type":"Replace","pattern":{"Regex":"a+"},"content":"b"},{"type":"Strip","content":" ","start":1,"stop":1},{"type":"Fuse"}]},
            "model":{"type":"BPE","vocab":{"<unk>":0,"a":1,"##b</w>":2,"ab</w>":3,"é":5},"merges":["a ##b</w>"],"unk_token":"<unk>","continuing_subword_prefix":"##","end_of_word_suffix":"</w>","fuse_unk":true}}
            """),
        seed: 12);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_tokenizer_model_of_each_kind(byte modelType)
    {
        var pieces = new List<(string, float, int)> { ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("[X]", 0, 4), ("▁a", -3, 5) };
        pieces.AddRange(Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f, 6)));
        pieces.AddRange("▁abcdehnotx86'".Select((c, i) => (c.ToString(), -2f - i, 1)));
        pieces.AddRange([("▁the", -1, 1), ("th", -1.5f, 1), ("on", -1.2f, 1), ("▁t", -1.7f, 1)]);
        Fuzz("tokenizer.model", SentencePieceTests.Model(pieces, modelType), seed: 20UL + modelType);
    }

    private static string[] Corpus() => [.. Enumerable.Range(0, 100).Select(i => RandomText.Mixed(new RandomStream((ulong)i)))];

    private void Fuzz(string name, byte[] original, ulong seed)
    {
        var random = new RandomStream(seed);
        var path = _folder[name];
        var worked = 0;
        Try(path, original).ShouldBeTrue();
        for (var round = 0; round < _rounds; round++)
        {
            var bytes = Mutate(original, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            worked += Try(path, bytes) ? 1 : 0;
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            allocated.ShouldBeLessThan(Tables + ((long)MostPerByte * bytes.Length), $"round {round} of seed {seed}: {bytes.Length} bytes");
        }

        worked.ShouldBeGreaterThan(0);
        worked.ShouldBeLessThan(_rounds);
    }

    private static bool Try(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        try
        {
            var tokenizer = Tokenizer.Load(path);
            var ids = tokenizer.Encode(Sample, addSpecialTokens: true);
            tokenizer.Decode(ids, skipSpecialTokens: true);
            tokenizer.Decode([-1, 0, int.MaxValue, .. ids], skipSpecialTokens: false);
            return true;
        }
        catch (TSpinException fault)
        {
            fault.Message.Length.ShouldBeGreaterThan(20);
            return false;
        }
    }

    private static byte[] Mutate(byte[] original, RandomStream random)
    {
        var bytes = original.ToList();
        for (var i = random.NextInt(1, 4); i > 0 && bytes.Count > 2; i--)
        {
            var at = random.NextInt(bytes.Count);
            var length = Math.Min(random.NextInt(1, 30), bytes.Count - at);
            switch (random.NextInt(6))
            {
                case 0:
                    bytes[at] = (byte)random.NextInt(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    // The longest length or number there is.
                    bytes.InsertRange(at, random.NextInt(2) == 0 ? [0xFF, 0xFF, 0xFF, 0xFF, 0x7F] : "999999999"u8.ToArray());
                    break;
                case 4 when random.NextInt(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    // A piece from elsewhere.
                    bytes.InsertRange(at, bytes.GetRange(random.NextInt(bytes.Count - length + 1), length));
                    break;
            }
        }

        return [.. bytes];
    }
}
