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

    /// <summary>Whether files hold nothing but token ids, for which no tokenizer is needed.</summary>
    /// <param name="paths">As for <see cref="Read"/>.</param>
    /// <returns>True where every record is <c>{"prompt_ids": [...]}</c>.</returns>
    /// <exception cref="TSpinException">A file cannot be read.</exception>
    public static bool HoldIdsAlone(IReadOnlyList<string> paths) =>
        paths.All(IsLines) && Records(paths).All(line => IsPromptAlone(line.Record) && !line.Record.TryGetProperty(TextKey, out _));

    /// <summary>Reads prompts of files that <see cref="HoldIdsAlone"/>.</summary>
    /// <param name="paths">The files.</param>
    /// <returns>The prompts, numbered from 0, without text.</returns>
    /// <exception cref="TSpinException">A record's ids are no token ids.</exception>
    public static IReadOnlyList<PromptTokens> ReadIds(IReadOnlyList<string> paths) =>
        [.. Records(paths).Select((line, i) => new PromptTokens(i, RecordFields.Ids(line.Record, IdsKey, line.Place)!))];

    /// <summary>Reads all prompts.</summary>
    /// <param name="paths">
    /// JSONL of prompts alone, as text (<c>prompt</c>), as token ids (<c>prompt_ids</c>, taken as they are) or as both (the ids count, the
    /// text is shown), or records in any data format, whose prompts are used: with an answer or without.
    /// </param>
    /// <param name="tokenizer">Shows ids that come without their text.</param>
    /// <param name="encoder">Renders and encodes texts.</param>
    /// <returns>The prompts, numbered from 0.</returns>
    /// <exception cref="TSpinException">The file cannot be read, or a record is neither.</exception>
    public static IReadOnlyList<PromptTokens> Read(IReadOnlyList<string> paths, Tokenizer tokenizer, PromptEncoder encoder)
    {
        if (paths.All(IsLines) && Records(paths).All(line => IsPromptAlone(line.Record)))
        {
            return [.. Records(paths).Select((line, i) => Parse(line.Record, i, line.Place, tokenizer, encoder))];
        }

        var set = ExampleReader.ReadPrompts(paths);
        DataNotice.Write(set, Console.Error);
        return encoder.Prompts([.. set.Examples.Select(example => example.Asked)]);
    }

    private static bool IsLines(string path) => path.EndsWith(".jsonl", StringComparison.Ordinal) && File.Exists(path);

    private static IEnumerable<(JsonElement Record, string Place)> Records(IReadOnlyList<string> paths) =>
        paths.SelectMany(path => JsonLinesReader.Read<JsonElement>(path).Select((record, i) => (record, $"{path}: record {i}")));

    private static bool IsPromptAlone(JsonElement record) =>
        record.ValueKind == JsonValueKind.Object && record.EnumerateObject().Any()
        && record.EnumerateObject().All(member => member.Name == IdsKey || (member.Name == TextKey && member.Value.ValueKind == JsonValueKind.String));

    private static PromptTokens Parse(JsonElement record, int index, string place, Tokenizer tokenizer, PromptEncoder encoder)
    {
        var text = RecordFields.Text(record, TextKey, place);
        if (RecordFields.Ids(record, IdsKey, place) is { } ids)
        {
            return new PromptTokens(index, ids, text ?? tokenizer.Decode(ids, skipSpecialTokens: false));
        }

        return encoder.Prompts([text!])[0] with { Index = index };
    }
}
