using System.Text.Json;
using TSpin.Recipes;

namespace TSpin.Data;

/// <summary>One known layout of records: how to recognise it, and where prompt and response stand in it.</summary>
/// <param name="Format">Its name.</param>
/// <param name="Keys">What it looks like, for messages.</param>
/// <param name="Fits">Whether an object has its keys.</param>
/// <param name="Extract">Takes prompts and responses out of an object, at least one of each; throws <see cref="BadRecordException"/>.</param>
internal sealed record RecordLayout(
    DataFormat Format,
    string Keys,
    Func<JsonElement, bool> Fits,
    Func<JsonElement, AnnotatedTurns, IReadOnlyList<Exchange>> Extract)
{
    /// <summary>The known layouts, in the order they are tried: a record of preferences that states a response of its own is read for that one.</summary>
    public static IReadOnlyList<RecordLayout> All { get; } =
    [
        new(DataFormat.Spin, "real (and generated)",
            record => Has(record, "real"),
            (record, turns) => Conversation.Exchanges(Member(record, "real"), "real", turns)),
        new(DataFormat.Messages, "messages",
            record => Has(record, "messages"),
            (record, turns) => Conversation.Exchanges(Member(record, "messages"), "messages", turns)),
        new(DataFormat.Alpaca, "instruction, output (and input)",
            record => Has(record, "instruction") && Has(record, "output"),
            (record, _) => [Alpaca(record)]),
        new(DataFormat.Gsm8k, "question, answer",
            record => Has(record, "question") && Has(record, "answer"),
            (record, _) => [new Exchange(RecordField.Text(record, "question"), RecordField.Text(record, "answer"))]),
        new(DataFormat.PromptResponse, "prompt, response (or completion)",
            record => Has(record, "prompt") && (Has(record, "response") || Has(record, "completion")),
            PromptAndResponse),
        new(DataFormat.Preference, "chosen, rejected (and prompt)",
            PreferenceRecord.Fits,
            PreferenceRecord.Extract) { NotUsed = "rejected responses are not used" },
        new(DataFormat.ShareGpt, "conversations",
            record => Has(record, "conversations"),
            ShareGpt),
    ];

    /// <summary>What such records hold besides and is not used, for the user to know; empty when there is nothing of note.</summary>
    public string NotUsed { get; init; } = "";

    /// <summary>The layout of records with names of their own.</summary>
    /// <param name="columns">The names, at least one.</param>
    /// <returns>The layout; it fits every object, and taking a text out says which column is missing.</returns>
    public static RecordLayout Of(ColumnSettings columns)
    {
        if (columns.Messages is { } messages)
        {
            return new(DataFormat.Messages, messages, _ => true, (record, turns) => Conversation.Exchanges(RecordField.At(record, messages), messages, turns));
        }

        var prompt = columns.Prompt ?? "prompt";
        return new(DataFormat.PromptResponse, $"{prompt}, {columns.Response ?? "response (or completion)"}", _ => true, (record, _) =>
        [
            new Exchange(
                RecordField.AsText(RecordField.At(record, prompt), prompt),
                columns.Response is { } response ? RecordField.AsText(RecordField.At(record, response), response) : RecordField.Text(record, "response", "completion")),
        ]);
    }

    /// <summary>The word that recipes have for the layout.</summary>
    public string Word => RecipeTables.Format.Write(Format);

    /// <summary>The layout that a record has.</summary>
    /// <param name="record">A JSON object.</param>
    /// <returns>The first that fits, or null.</returns>
    public static RecordLayout? Of(JsonElement record) => All.FirstOrDefault(layout => layout.Fits(record));

    // The input is what the instruction is about: they are joined by an empty line, and nothing is added when there is no input.
    private static Exchange Alpaca(JsonElement record)
    {
        var instruction = RecordField.Text(record, "instruction");
        var input = record.TryGetProperty("input", out var value) && value.ValueKind != JsonValueKind.Null ? RecordField.AsText(value, "input") : "";
        return new Exchange(string.IsNullOrWhiteSpace(input) ? instruction : $"{instruction}\n\n{input}", RecordField.Text(record, "output")).After(System(record));
    }

    // As text, or as TRL's conversational form: the prompt a list of turns, the completion its answer.
    private static IReadOnlyList<Exchange> PromptAndResponse(JsonElement record, AnnotatedTurns turns)
    {
        var key = Has(record, "response") ? "response" : "completion";
        return Member(record, "prompt").ValueKind == JsonValueKind.Array && Member(record, key).ValueKind == JsonValueKind.Array
            ? Conversation.Exchanges([.. Conversation.Turns(Member(record, "prompt"), "prompt"), .. Conversation.Turns(Member(record, key), key)], "prompt", turns)
            : [new Exchange(RecordField.Text(record, "prompt"), RecordField.Text(record, key)).After(System(record))];
    }

    private static IReadOnlyList<Exchange> ShareGpt(JsonElement record, AnnotatedTurns turns)
    {
        var exchanges = Conversation.Exchanges(Member(record, "conversations"), "conversations", turns);
        return System(record) is { Length: > 0 } system ? [.. exchanges.Select(exchange => exchange.After(system))] : exchanges;
    }

    // Some files have the system's words beside the turns rather than among them.
    private static string System(JsonElement record) =>
        record.TryGetProperty("system", out var value) && value.ValueKind != JsonValueKind.Null ? RecordField.AsText(value, "system") : "";

    private static bool Has(JsonElement record, string key) => record.TryGetProperty(key, out _);

    private static JsonElement Member(JsonElement record, string key) =>
        record.TryGetProperty(key, out var value) ? value : throw RecordField.Lacks(record, key);
}
