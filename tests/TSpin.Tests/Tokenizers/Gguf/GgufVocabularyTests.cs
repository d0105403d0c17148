using System.Text.Json;
using Shouldly;
using TSpin.Gguf;
using TSpin.Tests.Gguf;
using TSpin.Tokenizers;
using TSpin.Tokenizers.Gguf;
using TSpin.Tokenizers.Sources;
using Xunit;

namespace TSpin.Tests.Tokenizers.Gguf;

public class GgufVocabularyTests
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    public void IdsAreThoseThatLlamaCppRecorded(string name)
    {
        var file = SharedFolder.Require("data", "tokenizers", "llama.cpp-vocab", $"ggml-vocab-{name}.gguf");
        var texts = File.ReadAllText(file + ".inp").Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllText(file + ".out").Split('\n');
        var tokenizer = Tokenizer.Load(file);
        for (var i = 0; i < texts.Length - 1; i++)
        {
            string.Join(' ', tokenizer.Encode(texts[i], addSpecialTokens: false)).ShouldBe(lines[i].Trim(), $"text {i}: {texts[i]}");
        }
    }

    [Fact]
    public void SmolLm2HasTheIdsOfItsTokenizerJson()
    {
        var file = Path.Combine(SharedFolder.Require("data", "models", "smollm2-135m-instruct"), "SmolLM2-135M-Instruct.Q4_1.gguf");
        var own = Tokenizer.Load(file);
        var expected = Tokenizer.Load(SharedFolder.Require("data", "tokenizers", "smollm2-135m-instruct"));
        own.EosId.ShouldBe(expected.EosId);
        foreach (var text in (string[])["<|im_start|>user\nWhat's 12345 + 67?<|im_end|>\n", "Führer  \t\n x ½ 🦙", " Hello World"])
        {
            own.Encode(text, true).ShouldBe(expected.Encode(text, true));
            own.Decode(own.Encode(text, false), false).ShouldBe(text);
        }
    }

    [Theory]
    [InlineData("qwen3", "qwen2")]
    [InlineData("smollm2-135m-instruct", "smollm")]
    [InlineData("deepseek", "deepseek-v3")]
    public void AByteLevelVocabularyGivesTheIdsOfTheTokenizerJsonItWasMadeOf(string name, string pre)
    {
        var source = SharedFolder.Require("data", "tokenizers", name, "tokenizer.json");
        using var folder = new TemporaryFolder();
        var file = ByteLevel(source, pre).Save(folder["a.gguf"]);

        AllAlike(Tokenizer.Load(file), Tokenizer.Load(source));
        AllAlike(Saved(file, folder.Path), Tokenizer.Load(file));
    }

    [Fact]
    public void ASentencePieceVocabularyGivesTheIdsOfTheTokenizerJsonBesideIt()
    {
        var source = SharedFolder.Require("data", "tokenizers", "mistral-7b-v0.2", "tokenizer.model");
        using var folder = new TemporaryFolder();
        var file = SentencePiece(source).Save(folder["a.gguf"]);
        var tokenizer = Tokenizer.Load(file);

        AllAlike(tokenizer, Tokenizer.Load(Path.GetDirectoryName(source)!));
        (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId).ShouldBe((1, 2, 0));
        AllAlike(Saved(file, folder.Path), tokenizer);
    }

    [Fact]
    public void GemmasUserDefinedSpacesAndNoPrefix()
    {
        using var folder = new TemporaryFolder();
        string[] tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "\n", "  ", "\u2581", "a", "\u2581a", "<turn>"];
        var file = new GgufTestFile().Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", tokens)
            .Set("tokenizer.ggml.scores", new float[] { -1000, -1000, -1000, -1000, -1000, -1, -5, -6, -2, -1000 })
            .Set("tokenizer.ggml.token_type", new[] { 3, 3, 3, 2, 4, 4, 1, 1, 1, 3 })
            .Set("tokenizer.ggml.bos_token_id", 2u).Set("tokenizer.ggml.eos_token_id", 1u).Set("tokenizer.ggml.unknown_token_id", 3u).Set("tokenizer.ggml.padding_token_id", 0u)
            .Set("tokenizer.ggml.add_space_prefix", false).Set("tokenizer.ggml.add_eos_token", true).Save(folder["a.gguf"]);

        foreach (var tokenizer in (Tokenizer[])[Tokenizer.Load(file), Saved(file, folder.Path)])
        {
            tokenizer.Encode("a a  a\n<turn> a", addSpecialTokens: true).ShouldBe([2, 7, 8, 5, 7, 4, 9, 8, 1]);
            tokenizer.Decode([7, 8, 5, 7, 4, 8], skipSpecialTokens: true).ShouldBe("a a  a\n a");
            (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnkId).ShouldBe((2, 1, 0, 3));
        }
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(-1)]
    public void AnIdThatMeansNoneIsNone(object none)
    {
        using var folder = new TemporaryFolder();
        string[] tokens = ["<unk>", "<s>", "</s>", "\u2581", "a"];
        var file = new GgufTestFile().Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", tokens)
            .Set("tokenizer.ggml.scores", new float[] { 0, 0, 0, -1, -2 }).Set("tokenizer.ggml.token_type", new[] { 2, 3, 3, 1, 1 })
            .Set("tokenizer.ggml.padding_token_id", none).Set("tokenizer.ggml.seperator_token_id", none).Set("tokenizer.ggml.eos_token_id", none)
            .Set("tokenizer.ggml.unknown_token_id", 0u).Set("tokenizer.ggml.bos_token_id", 1u).Save(folder["a.gguf"]);

        foreach (var tokenizer in (Tokenizer[])[Tokenizer.Load(file), Saved(file, folder.Path)])
        {
            // What the file does not name, the vocabulary's own names do.
            (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnkId).ShouldBe((1, 2, null, 0));
        }

        using var gguf = GgufFile.Open(file);
        gguf.Metadata.TokenId("tokenizer.ggml.eos_token_id").ShouldBeNull();
        gguf.Metadata.TokenId("tokenizer.ggml.bos_token_id").ShouldBe(1);
    }

    [Theory]
    [InlineData("tekken", "HELLOworld 12/", "HELLOworld| |1|2|/")]
    [InlineData("gpt-4o", "HELLOworld's 1234/", "HELLOworld's| |123|4|/")]
    [InlineData("llama-bpe", "HELLOworld's 1234/", "HELLOworld|'s| |123|4|/")]
    [InlineData("deepseek-llm", "Hi there, 12\n", "Hi| there|,| |1|2|\n")]
    [InlineData("gpt-2", "Hi there, 12\n", "Hi| there|,| 12|\n")]
    public void NamedPreTokenizersSplitWhereTheirModelsDo(string pre, string text, string pieces)
    {
        // With every expected piece a token (in bytes written as characters), the ids show the splits.
        using var folder = new TemporaryFolder();
        var expected = pieces.Split('|');
        var letters = expected.SelectMany(Written).Distinct().Select(letter => letter.ToString()).ToList();
        var tokens = letters.Concat(expected.Select(Written)).Distinct().ToList();
        var merges = new List<string>();
        foreach (var piece in expected.Select(Written))
        {
            for (var end = 1; end < piece.Length; end++)
            {
                merges.Add($"{piece[..end]} {piece[end]}");
                tokens.Add(piece[..(end + 1)]);
            }
        }

        var file = new GgufTestFile().Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", pre).Set("tokenizer.ggml.tokens", tokens.Distinct().ToArray())
            .Set("tokenizer.ggml.merges", merges.Distinct().ToArray()).Save(folder["a.gguf"]);
        var tokenizer = Tokenizer.Load(file);
        tokenizer.Encode(text, addSpecialTokens: false).Select(tokenizer.Piece).ShouldBe(expected.Select(Written));

        static string Written(string piece) => piece.Replace(' ', '\u0120').Replace('\n', '\u010A');
    }

    [Fact]
    public void AnUnknownPreTokenizerIsRefusedWithTheKnown()
    {
        using var folder = new TemporaryFolder();
        var file = new GgufTestFile().Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", "viking").Set("tokenizer.ggml.tokens", new[] { "a" }).Save(folder["a.gguf"]);
        var message = Should.Throw<TSpinException>(() => Tokenizer.Load(file)).Message;
        message.ShouldContain("'viking'");
        message.ShouldContain("gpt-2, phi-2, jais, olmo, mpt, smollm, starcoder, refact, codeshell, command-r, llama-bpe, llama3, llama-v3, smaug-bpe, dbrx, qwen2, deepseek-r1-qwen, tekken, gpt-4o, llama4, deepseek-llm, deepseek-v3");
    }

    [Fact]
    public void ScoresThatSayNothingAreRefused()
    {
        using var folder = new TemporaryFolder();
        var file = new GgufTestFile().Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", new[] { "<unk>", "a", "b", "ab", "ba" })
            .Set("tokenizer.ggml.scores", new float[5]).Set("tokenizer.ggml.token_type", new[] { 2, 1, 1, 1, 1 }).Save(folder["a.gguf"]);
        Should.Throw<TSpinException>(() => Tokenizer.Load(file)).Message.ShouldContain("tokenizer.ggml.scores");
    }

    private static GgufTestFile ByteLevel(string source, string pre)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(source));
        return GgufCopy.Vocabulary(new GgufTestFile(), json.RootElement, pre);
    }

    private static GgufTestFile SentencePiece(string source)
    {
        var (tokens, scores, types) = (new List<string>(), new List<float>(), new List<int>());
        var message = new Protobuf(File.ReadAllBytes(source), source);
        while (message.Next())
        {
            if (message.Field != 1)
            {
                continue;
            }

            var piece = new Protobuf(message.Bytes, source);
            var (text, score, type) = ("", 0f, 1);
            while (piece.Next())
            {
                (text, score, type) = piece.Field switch
                {
                    1 => (System.Text.Encoding.UTF8.GetString(piece.Bytes), score, type),
                    2 => (text, piece.Single, type),
                    _ => (text, score, (int)piece.Number),
                };
            }

            tokens.Add(text);
            scores.Add(score);
            types.Add(type);
        }

        return new GgufTestFile().Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.pre", "default").Set("tokenizer.ggml.tokens", tokens.ToArray())
            .Set("tokenizer.ggml.scores", scores.ToArray()).Set("tokenizer.ggml.token_type", types.ToArray());
    }

    private static Tokenizer Saved(string file, string folder)
    {
        using var gguf = GgufFile.Open(file);
        var to = Directory.CreateDirectory(Path.Combine(folder, "saved")).FullName;
        GgufTokenizerFiles.Write(gguf, to);
        return Tokenizer.Load(to);
    }

    private static void AllAlike(Tokenizer actual, Tokenizer expected)
    {
        using var texts = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require("reference", "tokenizers", "texts.json")));
        foreach (var text in texts.RootElement.EnumerateArray().Select(text => text.GetString()!))
        {
            var ids = actual.Encode(text, addSpecialTokens: true);
            ids.ShouldBe(expected.Encode(text, addSpecialTokens: true), $"text {text}");
            actual.Decode(ids, skipSpecialTokens: true).ShouldBe(expected.Decode(ids, skipSpecialTokens: true));
        }
    }
}
