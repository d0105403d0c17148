using System.Text.Json;
using Shouldly;
using TSpin.Randomness;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>
/// Ids and decoded text equal to those of the sentencepiece library (Debian's python3-sentencepiece), on models trained here with the
/// options that occur and on random text. TSPIN_PEER_TEXTS says how many texts (default 60), TSPIN_PEER_SEED which.
/// </summary>
public sealed class SentencePieceDifferenceTests
{
    // Trains a model per case, changes its fields (a message appended to a protobuf is merged into it) and writes what the library makes of the texts.
    private const string Script = """
        import json, sys, sentencepiece as spm
        folder = sys.argv[1]
        job = json.load(open(folder + "/job.json", encoding="utf-8"))
        for number, case in enumerate(job["cases"]):
            prefix = f"{folder}/{number}"
            spm.SentencePieceTrainer.train(
                sentence_iterator=iter(job["corpus"]), model_prefix=prefix, vocab_size=2500, hard_vocab_limit=False, character_coverage=0.98, minloglevel=2, num_threads=1, **case["train"])
            with open(prefix + ".model", "ab") as model:
                model.write(bytes.fromhex(case["append"]))
            peer = spm.SentencePieceProcessor(model_file=prefix + ".model")
            ids = [peer.encode(text) for text in job["texts"]]
            drawn = [[n % peer.vocab_size() for n in row] for row in job["drawn"]]
            json.dump({"ids": ids, "decoded": [peer.decode(row) for row in ids], "scores": [peer.get_score(n) for n in range(peer.vocab_size())], "drawn": drawn, "drawn_decoded": [peer.decode(row) for row in drawn]}, open(prefix + ".json", "w"))
        """;

    private static readonly string[] Cases =
    [
        """{"model_type": "unigram"}""",
        """{"model_type": "unigram", "byte_fallback": true, "normalization_rule_name": "identity", "remove_extra_whitespaces": false}""",
        """{"model_type": "unigram", "normalization_rule_name": "nfkc_cf", "user_defined_symbols": ["[X]", "<sep>", "the", "ab"], "treat_whitespace_as_suffix": true}""",
        """{"model_type": "unigram", "add_dummy_prefix": false, "split_by_whitespace": false, "pad_id": 3, "unk_surface": "??"}""",
        """{"model_type": "bpe", "byte_fallback": true, "normalization_rule_name": "identity", "remove_extra_whitespaces": false, "split_digits": true, "allow_whitespace_only_pieces": true}""",
        """{"model_type": "bpe", "normalization_rule_name": "nmt_nfkc_cf", "user_defined_symbols": ["[X]", "<sep>", "a b", "é"], "control_symbols": ["<ctl>"]}""",
        """{"model_type": "bpe", "normalization_rule_name": "nfkc", "add_dummy_prefix": false, "bos_id": -1, "eos_id": -1, "unk_id": 5, "unk_piece": "[UNK]"}""",
        """{"model_type": "bpe", "byte_fallback": true, "treat_whitespace_as_suffix": true}""",
        """{"model_type": "char", "user_defined_symbols": ["[X]", "the"]}""",
        """{"model_type": "word"}""",
    ];

    [Fact]
    public void Equals_the_library_on_random_text()
    {
        PythonPeer.Require("sentencepiece", "python3-sentencepiece");
        using var folder = new TemporaryFolder();
        var random = new RandomStream(PythonPeer.Seed);
        var texts = Enumerable.Range(0, PythonPeer.TextCount)
            .Select(_ => random.NextInt(3) == 0 ? RandomText.Unicode(random, random.NextInt(20)) : RandomText.Mixed(random))
            .Select(text => text.Replace("<s>", "", StringComparison.Ordinal).Replace("</s>", "", StringComparison.Ordinal)).ToArray();
        var corpus = Enumerable.Range(0, 400).Select(_ => RandomText.Mixed(random).Replace('\n', ' ').Replace('\0', ' ').Replace('\r', ' ')).ToArray();
        var drawn = texts.Select(_ => Enumerable.Range(0, random.NextInt(12)).Select(_ => random.NextInt(1_000_000)).ToArray()).ToArray();

        // Every case as it was trained, and once more with the fields for spaces changed at random.
        var cases = Cases.SelectMany(train => new[] { "", Spaces(random) }.Select(append => new { train = JsonSerializer.Deserialize<JsonElement>(train), append })).ToArray();
        File.WriteAllText(folder["job.json"], JsonSerializer.Serialize(new { cases, corpus, texts, drawn }));
        PythonPeer.Runs("-c", Script, folder.Path).ShouldBeTrue();

        for (var i = 0; i < cases.Length; i++)
        {
            Compare(folder, i, texts, $"case {i} {cases[i].train} {cases[i].append}");
        }
    }

    private static void Compare(TemporaryFolder folder, int number, string[] texts, string name)
    {
        var tokenizer = Tokenizer.Load(folder[$"{number}.model"]);
        using var document = JsonDocument.Parse(File.ReadAllBytes(folder[$"{number}.json"]));
        var root = document.RootElement;
        var ids = root.GetProperty("ids").Deserialize<int[][]>()!;
        var scores = root.GetProperty("scores").Deserialize<float[]>()!;
        var ties = 0;
        for (var k = 0; k < texts.Length; k++)
        {
            var actual = tokenizer.Encode(texts[k], addSpecialTokens: false);
            if (!actual.SequenceEqual(ids[k]))
            {
                // Where two paths of a unigram model have the same score but for its rounding, the library's versions differ among themselves.
                Score(actual).ShouldBe(Score(ids[k]), 1e-3, $"{name}, text {k}: {JsonSerializer.Serialize(texts[k])}");
                ties++;
            }
        }

        ties.ShouldBeLessThanOrEqualTo(name.Contains("unigram", StringComparison.Ordinal) ? Math.Max(1, texts.Length / 50) : 0, name);
        double Score(int[] path) => path.Sum(id => (double)scores[id]);

        Decoded("ids", "decoded");
        Decoded("drawn", "drawn_decoded");

        void Decoded(string from, string to)
        {
            foreach (var (row, text) in root.GetProperty(from).Deserialize<int[][]>()!.Zip(root.GetProperty(to).Deserialize<string[]>()!))
            {
                tokenizer.Decode(row, skipSpecialTokens: false).ShouldBe(text, $"{name}, ids {string.Join(' ', row)}");
            }
        }
    }

    // normalizer_spec { add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces }, trainer_spec { treat_whitespace_as_suffix }.
    private static string Spaces(RandomStream random) =>
        Convert.ToHexString([0x1A, 6, 0x18, Bit(random), 0x20, Bit(random), 0x28, Bit(random), 0x12, 3, 0xC0, 1, Bit(random)]);

    private static byte Bit(RandomStream random) => (byte)random.NextInt(2);
}
