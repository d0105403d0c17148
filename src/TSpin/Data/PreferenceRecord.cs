using System.Text.Json;

namespace TSpin.Data;

/// <summary>
/// Takes prompt and chosen response out of a record of preferences: <c>prompt</c> is text or turns, <c>chosen</c> is text, a turn or turns.
/// (LLaMA-Factory's <c>instruction</c> and <c>input</c> too). Where <c>chosen</c> is a whole conversation, it has the prompt in it. The rejected response is taken for methods that learn from it; else users hear that it is not used. What was chosen is the last answer,
/// so a conversation of several rounds is refused where first rounds are asked for.
/// </summary>
internal static class PreferenceRecord
{
    private static readonly string[] PromptKeys = ["prompt", "conversations", "messages", "question", "instruction"];

    /// <summary>Whether an object has such keys.</summary>
    /// <param name="record">A JSON object.</param>
    /// <returns>True when there are both a chosen and a rejected response.</returns>
    public static bool Fits(JsonElement record) => record.TryGetProperty("chosen", out _) && record.TryGetProperty("rejected", out _);

    /// <summary>Takes prompt and response.</summary>
    /// <param name="record">A JSON object that fits.</param>
    /// <param name="reading">Which turns are annotated: of a conversation of several rounds the last was chosen, so the first cannot be asked for.</param>
    /// <returns>Prompt and chosen response.</returns>
    /// <exception cref="BadRecordException">They cannot be taken.</exception>
    public static IReadOnlyList<Exchange> Extract(JsonElement record, RecordReading reading)
    {
        var chosen = Extract(record, "chosen", reading);
        if (!reading.WithRejected)
        {
            return chosen;
        }

        reading.Take("rejected");
        var rejected = Extract(record, "rejected", reading);
        return !chosen[^1].Turns.SequenceEqual(rejected[^1].Turns)
            ? throw new BadRecordException("\"chosen\" and \"rejected\" answer different prompts; both must follow the same turns")
            : [.. chosen.SkipLast(1), chosen[^1] with { Rejected = rejected[^1].Response }];
    }

    private static IReadOnlyList<Exchange> Extract(JsonElement record, string side, RecordReading reading)
    {
        var chosen = record.GetProperty(side);
        var key = PromptKeys.FirstOrDefault(known => record.TryGetProperty(known, out _));
        var prompt = key is null ? default : record.GetProperty(key);
        var answer = chosen.ValueKind switch
        {
            JsonValueKind.Array => Conversation.Turns(chosen, side).ToList(),
            JsonValueKind.Object => [(chosen, side)],
            _ => null,
        };
        if (answer is null)
        {
            var response = RecordField.AsText(chosen, side);
            return prompt.ValueKind switch
            {
                JsonValueKind.Undefined => throw RecordField.Lacks(record, "prompt"),
                JsonValueKind.Array => EarlierRounds.AfterSystem(record, [SinglePrompt(prompt, key!, reading) with { Response = response }], reading),
                _ => [EarlierRounds.Before(record, PromptText(record, prompt, key!), response, reading)[^1]],
            };
        }

        if (Conversation.Count(answer, ofUser: true) > 0)
        {
            return EarlierRounds.AfterSystem(record, Chosen(answer, side, reading), reading);
        }

        return prompt.ValueKind switch
        {
            JsonValueKind.Undefined => throw RecordField.Lacks(record, "prompt"),
            JsonValueKind.Array => EarlierRounds.AfterSystem(record, Chosen([.. Conversation.Turns(prompt, key!), .. answer], $"{key} and {side}", reading), reading),
            _ => [EarlierRounds.Before(record, PromptText(record, prompt, key!), Conversation.OnlyAnswer(answer, side, reading), reading)[^1]],
        };
    }

    private static string PromptText(JsonElement record, JsonElement prompt, string key)
    {
        var text = RecordField.AsText(prompt, key);
        var input = key == "instruction" && record.TryGetProperty("input", out var value) && value.ValueKind != JsonValueKind.Null ? RecordField.AsText(value, "input") : "";
        return string.IsNullOrWhiteSpace(input) ? text : $"{text}\n\n{input}";
    }

    private static Exchange SinglePrompt(JsonElement prompt, string key, RecordReading reading)
    {
        using var answer = JsonDocument.Parse("""{"role": "assistant", "content": "chosen"}""");
        return Chosen([.. Conversation.Turns(prompt, key), (answer.RootElement, "chosen")], key, reading)[0];
    }

    private static IReadOnlyList<Exchange> Chosen(List<(JsonElement Turn, string Name)> turns, string key, RecordReading reading) =>
        reading.Turns != AnnotatedTurns.First || Conversation.Count(turns, ofUser: false) <= 1
            ? Conversation.Exchanges(turns, key, reading.Last())
            : throw new BadRecordException($"\"{key}\" is a conversation of several rounds, of which the last answer was chosen; set data.turns: last, or remove the record");
}
