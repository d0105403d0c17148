using System.Text.Json;
using TSpin.Data;
using TSpin.Files;
using TSpin.Prompts;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary>Reads the prompts that <c>tspin generate</c> answers.</summary>
internal static class PromptFile
{
    private const string TextKey = "prompt";
    private const string IdsKey = "prompt_ids";

    /// <summary>Whether a file holds nothing but token ids, for which no tokenizer is needed.</summary>
    /// <param name="path">As for <see cref="Read"/>.</param>
    /// <returns>True where every record is <c>{"prompt_ids": [...]}</c>.</returns>
    /// <exception cref="TSpinException">The file cannot be read.</exception>
    public static bool HoldsIdsAlone(string path) => IsLines(path) && JsonLinesReader.Read<JsonElement>(path).All(record => IsPromptAlone(record) && !record.TryGetProperty(TextKey, out _));

    /// <summary>Reads prompts of a file that <see cref="HoldsIdsAlone"/>.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The prompts, numbered from 0, without text.</returns>
    /// <exception cref="TSpinException">A record's ids are no token ids.</exception>
    public static IReadOnlyList<PromptTokens> ReadIds(string path) =>
        [.. JsonLinesReader.Read<JsonElement>(path).Select((record, i) => new PromptTokens(i, RecordFields.Ids(record, IdsKey, $"{path}: record {i}")!))];

    /// <summary>Reads all prompts.</summary>
    /// <param name="path">
    /// JSONL of prompts alone, as text (<c>prompt</c>), as token ids (<c>prompt_ids</c>, taken as they are) or as both (the ids count, the
    /// text is shown), or records in any data format, whose prompts are used: with an answer or without.
    /// </param>
    /// <param name="tokenizer">Shows ids that come without their text.</param>
    /// <param name="encoder">Renders and encodes texts.</param>
    /// <returns>The prompts, numbered from 0.</returns>
    /// <exception cref="TSpinException">The file cannot be read, or a record is neither.</exception>
    public static IReadOnlyList<PromptTokens> Read(string path, Tokenizer tokenizer, PromptEncoder encoder)
    {
        if (IsLines(path) && JsonLinesReader.Read<JsonElement>(path).All(IsPromptAlone))
        {
            return [.. JsonLinesReader.Read<JsonElement>(path).Select((record, i) => Parse(record, i, path, tokenizer, encoder))];
        }

        var set = ExampleReader.ReadPrompts([path]);
        DataNotice.Write(set, Console.Error);
        return encoder.Prompts([.. set.Examples.Select(example => example.Asked)]);
    }

    private static bool IsLines(string path) => path.EndsWith(".jsonl", StringComparison.Ordinal) && File.Exists(path);

    private static bool IsPromptAlone(JsonElement record) =>
        record.ValueKind == JsonValueKind.Object && record.EnumerateObject().Any()
        && record.EnumerateObject().All(member => member.Name == IdsKey || (member.Name == TextKey && member.Value.ValueKind == JsonValueKind.String));

    private static PromptTokens Parse(JsonElement record, int index, string path, Tokenizer tokenizer, PromptEncoder encoder)
    {
        var place = $"{path}: record {index}";
        var text = RecordFields.Text(record, TextKey, place);
        if (RecordFields.Ids(record, IdsKey, place) is { } ids)
        {
            return new PromptTokens(index, ids, text ?? tokenizer.Decode(ids, skipSpecialTokens: false));
        }

        return encoder.Prompts([text!])[0] with { Index = index };
    }
}
