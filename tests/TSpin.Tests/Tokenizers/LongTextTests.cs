using System.Diagnostics;
using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>
/// A megabyte of one sign takes a time in proportion: sixteen times the text, far less than the 256 times that quadratic work takes. A
/// measurement that another process disturbed is repeated.
/// </summary>
public sealed class LongTextTests
{
    private const int Short = 1 << 15;
    private const int Growth = 16;
    private const double MostRatio = 90;
    private const double NoiseMilliseconds = 2;
    private const int Attempts = 4;

    private const string QwenPattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|\\s?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private static readonly string[] Units =
        ["a", "ab", " ", "a ", "\n", "\r\n", "\t ", "7", "😀", "👩\u200D", "🇩", "中", "\u0301", "e\u0323\u0301", "\u1100", "\uFDFA", "\u2581", ".", "'", "<", "\uD800", "\u0001"];

    public static TheoryData<string> Kinds => [.. Models.Keys];

    private static readonly Dictionary<string, Func<Tokenizer>> Models = new(StringComparer.Ordinal)
    {
        ["byte-level BPE"] = () => TestTokenizers.Load(BpeTrainer.Train(Corpus, 600, ["<|end|>"])),
        ["byte-level BPE, Qwen's split, NFC"] = () => Changed(BpeTrainer.Train(Corpus, 600, ["<|end|>"]), json =>
        {
            json["normalizer"] = JsonNode.Parse("""{"type":"NFC"}""");
            json["pre_tokenizer"] = JsonNode.Parse($$$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{{QwenPattern}}}"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}""");
        }),
        ["BPE with byte fallback"] = TestTokenizers.ByteFallback,
        ["BPE with affixes, added tokens everywhere"] = () => Changed("BPE", """{"<unk>":0,"a":1,"##a":2,"a</w>":3,"##a</w>":4,"aa":5}""", ""","merges":["a ##a"],"unk_token":"<unk>","continuing_subword_prefix":"##","end_of_word_suffix":"</w>" """, json =>
        {
            json["added_tokens"] = new JsonArray(
                TestTokenizers.AddedToken(" ", lstrip: true), TestTokenizers.AddedToken("  ", rstrip: true), TestTokenizers.AddedToken("a", singleWord: true), TestTokenizers.AddedToken("<x>", normalized: true));
            json["normalizer"] = JsonNode.Parse("""{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":"\\s{2,}"},"content":" "}]}""");
        }),
        ["Unigram, Metaspace"] = () => Changed("Unigram", """[["<unk>",0.0],["a",-1.5],["aa",-2.5],["▁",-3.0],["▁a",-2.0],["aaaa",-4.0]]""", ""","unk_id":0""", json =>
        {
            json["normalizer"] = JsonNode.Parse("""{"type":"Nmt"}""");
            json["pre_tokenizer"] = JsonNode.Parse("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""");
        }),
        ["WordPiece, BERT"] = () => Changed("WordPiece", """{"[UNK]":0,"a":1,"##a":2,"7":3}""", ""","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":2000000""", json =>
        {
            json["normalizer"] = JsonNode.Parse("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""");
            json["pre_tokenizer"] = JsonNode.Parse("""{"type":"BertPreTokenizer"}""");
        }),
        ["WordLevel, all kinds of split"] = () => Changed("WordLevel", """{"<unk>":0,"a":1}""", ""","unk_token":"<unk>" """, json =>
            json["pre_tokenizer"] = JsonNode.Parse("""{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"Punctuation"},{"type":"Digits","individual_digits":true},{"type":"Split","pattern":{"String":"b"},"behavior":"MergedWithNext","invert":false}]}""")),
    };

    private static string[] Corpus => [.. Enumerable.Range(0, 200).Select(i => RandomText.Mixed(new RandomStream((ulong)i)))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_megabyte_of_one_sign_takes_linear_time(string kind)
    {
        var tokenizer = Models[kind]();
        foreach (var unit in Units)
        {
            Measure(tokenizer, unit, Short / 8);
            var ratio = double.PositiveInfinity;
            for (var attempt = 0; attempt < Attempts && ratio > MostRatio; attempt++)
            {
                ratio = Measure(tokenizer, unit, Short * Growth) / Math.Max(NoiseMilliseconds, Measure(tokenizer, unit, Short));
            }

            ratio.ShouldBeLessThan(MostRatio, $"{kind}: {Growth} times as much of U+{(int)unit[0]:X4}... took {ratio:F0} times as long");
        }
    }

    private static double Measure(Tokenizer tokenizer, string unit, int length)
    {
        var text = string.Concat(Enumerable.Repeat(unit, length / unit.Length));
        var watch = Stopwatch.StartNew();
        var ids = tokenizer.Encode(text, addSpecialTokens: true);
        tokenizer.Decode(ids, skipSpecialTokens: false);
        return watch.Elapsed.TotalMilliseconds;
    }

    private static Tokenizer Changed(string model, string vocab, string rest, Action<JsonObject> change) =>
        Changed($$$"""{"version":"1.0","added_tokens":[],"model":{"type":"{{{model}}}","vocab":{{{vocab}}}{{{rest}}} } }""", change);

    private static Tokenizer Changed(string json, Action<JsonObject> change)
    {
        var parsed = JsonNode.Parse(json)!.AsObject();
        change(parsed);
        return TestTokenizers.Load(parsed);
    }
}
