using System.Diagnostics;
using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Gguf;
using TSpin.Models;
using TSpin.Tests.Models;
using TSpin.Tokenizers;
using TSpin.Tokenizers.Gguf;
using Xunit;

namespace TSpin.Tests.Gguf;

/// <summary>Whole models with bytes changed at random: a fault that names the file, or a model; never a crash, a hang or memory out of proportion.</summary>
public sealed class GgufFuzzTests
{
    // A tokenizer has tables and caches of fixed size, which come to 3.4 MB.
    private const long MostBytesPerRound = 5 << 20;

    [Fact]
    public void MutatedModelsAreFaultsOrModels()
    {
        string[] families = ["llama, rope llama3", "gemma3_text, two ropes", "phi3, longrope, growing, partial", "gpt_neox, parallel"];
        Mutate(1, 240, round =>
        {
            var config = SmallModels.All[families[round % families.Length]];
            return ConvertedModel.Of(config with { BosId = 1, EosIds = [2] }, SmallModels.Weights(config)).ToBytes();
        }, path =>
        {
            using var decoder = DecoderLoader.Load(path);
        });
    }

    [Fact]
    public void MutatedVocabulariesAreFaultsOrTokenizers() => Mutate(2, 400, round => round % 2 == 0 ? ByteLevel() : SentencePiece(), path =>
    {
        var tokenizer = Tokenizer.Load(path);
        tokenizer.Decode(tokenizer.Encode("a ab  ba<s>\n", addSpecialTokens: true), skipSpecialTokens: false);
        if (ChatTemplate.ExistsIn(path))
        {
            ChatTemplate.Load(path).Render([new("user", "Hi")], addGenerationPrompt: true);
        }

        using var saved = new TemporaryFolder();
        using var file = GgufFile.Open(path);
        GgufTokenizerFiles.Write(file, saved.Path);
    });

    [Fact]
    public void PartsWithMutatedHeadersAreFaultsOrModels()
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.Base;
        var first = ConvertedModel.Of(config, SmallModels.Weights(config)).SaveInParts(folder["small"], 2);
        var second = folder["small-00002-of-00002.gguf"];
        var sound = File.ReadAllBytes(second);
        var random = new Random(3);
        for (var round = 0; round < 100; round++)
        {
            var bytes = sound.ToArray();
            bytes[random.Next(400)] = (byte)random.Next(256);
            File.WriteAllBytes(second, bytes);
            try
            {
                using var decoder = DecoderLoader.Load(first);
            }
            catch (TSpinException)
            {
                // The expected end of many rounds.
            }
        }
    }

    [Fact]
    public void AVocabularyMadeToMultiplyIsRefused()
    {
        // Every part of every piece is a piece: the merges of n pieces would be n squared.
        using var folder = new TemporaryFolder();
        var tokens = Enumerable.Range(1, 250).Select(length => new string('a', length)).Append("<unk>").ToArray();
        var file = new GgufTestFile().Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", tokens)
            .Set("tokenizer.ggml.scores", tokens.Select((_, i) => (float)-i).ToArray()).Set("tokenizer.ggml.token_type", tokens.Select(token => token == "<unk>" ? 2 : 1).ToArray());
        Should.Throw<TSpinException>(() => Tokenizer.Load(file.Save(folder["a.gguf"]))).Message.ShouldContain("merges a token");

        var long_ = new GgufTestFile().Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", new[] { "<unk>", new string('a', 1 << 20) })
            .Set("tokenizer.ggml.scores", new float[2]).Set("tokenizer.ggml.token_type", new[] { 2, 1 });
        Should.Throw<TSpinException>(() => Tokenizer.Load(long_.Save(folder["b.gguf"]))).Message.ShouldContain("characters");
    }

    private static void Mutate(int seed, int rounds, Func<int, byte[]> make, Action<string> use)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();

        for (var round = 0; round < rounds; round++)
        {
            var bytes = make(round);
            var header = Math.Min(bytes.Length, 3000);
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                bytes[random.Next(random.Next(4) == 0 ? bytes.Length : header)] = (byte)(random.Next(2) == 0 ? random.Next(256) : 1 << random.Next(8));
            }

            var path = folder[$"{round}.gguf"];
            File.WriteAllBytes(path, random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            var allocated = Allocated(use, path, round);
            if (allocated > MostBytesPerRound)
            {
                // What is made once per process (tables of characters, serializers) is not the file's.
                allocated = Allocated(use, path, round);
            }

            allocated.ShouldBeLessThan(MostBytesPerRound, $"round {round}");
            File.Delete(path);
        }

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    private static long Allocated(Action<string> use, string path, int round)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            use(path);
        }
        catch (TSpinException error)
        {
            error.Message.ShouldContain(path, customMessage: $"round {round}");
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] ByteLevel() => new GgufTestFile().Set("general.architecture", "llama").Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", "llama-bpe")
        .Set("tokenizer.ggml.tokens", new[] { "<s>", "a", "b", "\u0120", "ab", "\u0120ab", "\u010A", "[PAD7]" }).Set("tokenizer.ggml.token_type", new[] { 3, 1, 1, 1, 1, 1, 1, 5 })
        .Set("tokenizer.ggml.merges", new[] { "a b", "\u0120 ab" }).Set("tokenizer.ggml.bos_token_id", 0u)
        .Set("tokenizer.chat_template", "{{ bos_token }}{{ messages[0].content }}").ToBytes();

    private static byte[] SentencePiece() => new GgufTestFile().Set("general.architecture", "llama").Set("tokenizer.ggml.model", "llama")
        .Set("tokenizer.ggml.tokens", new[] { "<unk>", "<s>", "</s>", "<0x0A>", "\u2581", "a", "b", "ab", "\u2581a" })
        .Set("tokenizer.ggml.scores", new[] { 0f, 0f, 0f, 0f, -5f, -6f, -7f, -1f, -2f }).Set("tokenizer.ggml.token_type", new[] { 2, 3, 3, 6, 1, 1, 1, 1, 1 })
        .Set("tokenizer.ggml.add_bos_token", true).Set("tokenizer.ggml.eos_token_id", 2u).ToBytes();
}
