using System.Text.Json;
using Shouldly;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>Ids and decoded text equal to those that tokenizers and sentencepiece gave, on every recorded text.</summary>
public sealed class RecordedTokenizerTests
{
    public static TheoryData<string> Records()
    {
        var root = Environment.GetEnvironmentVariable("TSPIN_SHARED") is { Length: > 0 } named ? named : Path.Combine(SharedFolder.RepositoryRoot, "..", "shared");
        var folder = Path.Combine(root, "reference", "tokenizers");
        string[] names = Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => n != "texts").Order(StringComparer.Ordinal)]
            : ["qwen3"];
        return [.. names];
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Equals_the_recorded_outputs(string name)
    {
        var texts = Read<string[]>(SharedFolder.Require("reference", "tokenizers", "texts.json"));
        using var record = JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Require("reference", "tokenizers", name + ".json")));
        var root = record.RootElement;
        var tokenizer = Tokenizer.Load(SharedFolder.Require(root.GetProperty("tokenizer").GetString()!));
        var differences = new List<string>();
        for (var i = 0; i < texts.Length; i++)
        {
            var ids = root.GetProperty("ids")[i].Deserialize<int[]>()!;
            Compare("ids", texts[i], ids, tokenizer.Encode(texts[i], addSpecialTokens: false));
            var withSpecial = ids;
            if (root.TryGetProperty("ids_with_special", out var special))
            {
                withSpecial = special[i].ValueKind == JsonValueKind.Null ? ids : special[i].Deserialize<int[]>()!;
                Compare("ids_with_special", texts[i], withSpecial, tokenizer.Encode(texts[i], addSpecialTokens: true));
            }

            CompareText("decoded_ids", i, texts[i], tokenizer.Decode(ids, skipSpecialTokens: false));
            CompareText("decoded_skip_special_from_ids_with_special", i, texts[i], tokenizer.Decode(withSpecial, skipSpecialTokens: true));
        }

        differences.Count.ShouldBe(0, $"{differences.Count} differences; the first:\n{string.Join("\n", differences.Take(8))}");

        void Compare(string what, string text, int[] expected, int[] actual)
        {
            if (!expected.SequenceEqual(actual))
            {
                var at = expected.Zip(actual).TakeWhile(p => p.First == p.Second).Count();
                differences.Add($"{what} of {JsonSerializer.Serialize(text.Length > 80 ? text[..80] : text)} differ from {at}: expected {Show(expected, at)}, got {Show(actual, at)}");
            }
        }

        string Show(int[] ids, int at) => string.Join(" ", ids.Skip(Math.Max(0, at - 1)).Take(6).Select(id => $"{id}={tokenizer.Piece(id)}"));

        void CompareText(string what, int i, string text, string actual)
        {
            if (root.TryGetProperty(what, out var expected) && expected[i].ValueKind == JsonValueKind.String && expected[i].GetString() != actual)
            {
                differences.Add($"{what} of {JsonSerializer.Serialize(text)}: expected {expected[i]}, got {JsonSerializer.Serialize(actual)}");
            }
        }
    }

    [Fact]
    public void Equals_the_golden_ids_of_stories260K()
    {
        var tokenizer = Tokenizer.Load(SharedFolder.Require("data", "models", "stories260K", "hf"));
        using var golden = JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Require("data", "models", "stories260K", "hf", "golden_tokenizer.json")));
        foreach (var item in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var ids = item.GetProperty("ids").Deserialize<int[]>()!;
            tokenizer.Encode(item.GetProperty("text").GetString()!, addSpecialTokens: true).ShouldBe(ids);
            tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe(item.GetProperty("text").GetString());
        }

        (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId, tokenizer.VocabularySize).ShouldBe((1, 2, 0, 512));
    }

    private static T Read<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllBytes(path))!;
}
