using System.Text.Json;

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
    Func<JsonElement, RecordReading, IReadOnlyList<Exchange>> Extract)
{
    /// <summary>The known layouts, in the order they are tried: a record of preferences that states a response of its own is read for that one.</summary>
    public static IReadOnlyList<RecordLayout> All { get; } =
    [
        new(DataFormat.Spin, "real (and generated)", record => Has(record, "real"), (record, reading) => Turns(record, "real", reading)),
        new(DataFormat.Messages, "messages", record => Has(record, "messages"), (record, reading) => Turns(record, "messages", reading)),
        new(DataFormat.Alpaca, "instruction, output (and input)", record => Has(record, "instruction") && Has(record, "output"), Alpaca),
        new(DataFormat.Gsm8k, "question, answer", record => Has(record, "question") && Has(record, "answer"),
            (record, reading) => EarlierRounds.Before(record, RecordField.Text(record, "question"), RecordField.Text(record, "answer"), reading)),
        new(DataFormat.PromptResponse, "prompt, response (or completion)",
            record => Has(record, "prompt") && (Has(record, "response") || Has(record, "completion")), PromptAndResponse),
        new(DataFormat.Preference, "chosen, rejected (and prompt)", PreferenceRecord.Fits, PreferenceRecord.Extract),
        new(DataFormat.ShareGpt, "conversations", record => Has(record, "conversations"), (record, reading) => Turns(record, "conversations", reading)),
    ];

    /// <summary>The layouts of records of which only prompts are needed, whether or not they have responses.</summary>
    public static IReadOnlyList<RecordLayout> Prompts { get; } =
    [
        All[0],
        All[1],
        PreferencesOf(All),
        new(DataFormat.Alpaca, "instruction (and input)", record => Has(record, "instruction"),
            (record, reading) => EarlierRounds.Before(record, Instruction(record), "", reading)),
        new(DataFormat.Gsm8k, "question", record => Has(record, "question"), (record, reading) => EarlierRounds.Before(record, RecordField.Text(record, "question"), "", reading)),
        new(DataFormat.PromptResponse, "prompt", record => Has(record, "prompt"), (record, reading) => Member(record, "prompt").ValueKind == JsonValueKind.Array
            ? Turns(record, "prompt", reading)
            : EarlierRounds.Before(record, RecordField.Text(record, "prompt"), "", reading)),
        All[^1],
    ];

    /// <summary>The layout of records with names of their own.</summary>
    /// <param name="columns">The names, at least one.</param>
    /// <param name="promptsAlone">Whether only prompts are needed.</param>
    /// <returns>The layout; it fits every object, and taking a text out says which column is missing.</returns>
    public static RecordLayout Of(ColumnSettings columns, bool promptsAlone = false)
    {
        if (columns.Messages is { } messages)
        {
            return new(DataFormat.Messages, messages, _ => true, (record, reading) =>
            {
                reading.Take(messages);
                return Conversation.Exchanges(RecordField.At(record, messages), messages, reading);
            });
        }

        var prompt = columns.Prompt ?? "prompt";
        return new(DataFormat.PromptResponse, $"{prompt}, {columns.Response ?? "response (or completion)"}", _ => true, (record, reading) =>
        {
            reading.Take(prompt);
            reading.Take(columns.Response ?? "");
            return
            [
                new Exchange(
                    RecordField.AsText(RecordField.At(record, prompt), prompt),
                    promptsAlone ? "" : columns.Response is { } response ? RecordField.AsText(RecordField.At(record, response), response) : RecordField.Text(record, "response", "completion")),
            ];
        });
    }

    /// <summary>The word that recipes have for the layout.</summary>
    public string Word => DataFormatWords.Of(Format);

    /// <summary>The layout that a record has.</summary>
    /// <param name="record">A JSON object.</param>
    /// <param name="promptsAlone">Whether only prompts are needed.</param>
    /// <returns>The first that fits, or null.</returns>
    public static RecordLayout? Of(JsonElement record, bool promptsAlone = false) => (promptsAlone ? Prompts : All).FirstOrDefault(layout => layout.Fits(record));

    private static RecordLayout PreferencesOf(IReadOnlyList<RecordLayout> layouts) => layouts.First(layout => layout.Format == DataFormat.Preference);

    private static IReadOnlyList<Exchange> Alpaca(JsonElement record, RecordReading reading) =>
        EarlierRounds.Before(record, Instruction(record), RecordField.Text(record, "output"), reading);

    // The input is what the instruction is about: they are joined by an empty line, and nothing is added when there is no input.
    private static string Instruction(JsonElement record)
    {
        var instruction = RecordField.Text(record, "instruction");
        var input = record.TryGetProperty("input", out var value) && value.ValueKind != JsonValueKind.Null ? RecordField.AsText(value, "input") : "";
        return string.IsNullOrWhiteSpace(input) ? instruction : $"{instruction}\n\n{input}";
    }

    // As text, or as TRL's conversational form: the prompt a list of turns, the completion its answer.
    private static IReadOnlyList<Exchange> PromptAndResponse(JsonElement record, RecordReading reading)
    {
        var key = Has(record, "response") ? "response" : "completion";
        return Member(record, "prompt").ValueKind == JsonValueKind.Array && Member(record, key).ValueKind == JsonValueKind.Array
            ? EarlierRounds.AfterSystem(record, Conversation.Exchanges([.. Conversation.Turns(Member(record, "prompt"), "prompt"), .. Conversation.Turns(Member(record, key), key)], "prompt", reading), reading)
            : EarlierRounds.Before(record, RecordField.Text(record, "prompt"), RecordField.Text(record, key), reading);
    }

    private static IReadOnlyList<Exchange> Turns(JsonElement record, string key, RecordReading reading) =>
        EarlierRounds.AfterSystem(record, Conversation.Exchanges(Member(record, key), key, reading), reading);

    private static bool Has(JsonElement record, string key) => record.TryGetProperty(key, out _);

    private static JsonElement Member(JsonElement record, string key) =>
        record.TryGetProperty(key, out var value) ? value : throw RecordField.Lacks(record, key);
}
