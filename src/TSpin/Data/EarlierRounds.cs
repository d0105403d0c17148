using System.Text.Json;
using TSpin.ChatTemplates;

namespace TSpin.Data;

/// <summary>
/// The earlier rounds of a record that states one question and its answer: alpaca's <c>history</c>, a list of pairs <c>[prompt, response]</c>, oldest first
/// (LLaMA-Factory's data README; ChatGLM's records have it too), and the system's words beside them.
/// </summary>
internal static class EarlierRounds
{
    private const string Key = "history";

    /// <summary>Puts the rounds and the system's words before the record's own question.</summary>
    /// <param name="record">A JSON object.</param>
    /// <param name="prompt">Its question.</param>
    /// <param name="response">Its answer.</param>
    /// <param name="reading">Which answers are annotated: the record's own, or that of every round.</param>
    /// <returns>At least one exchange, the record's own last.</returns>
    /// <exception cref="BadRecordException">The history is no list of pairs of text.</exception>
    public static IReadOnlyList<Exchange> Before(JsonElement record, string prompt, string response, RecordReading reading)
    {
        var before = new List<ChatTurn>();
        var exchanges = new List<Exchange>();
        foreach (var (asked, answered) in Rounds(record, reading))
        {
            before.Add(new ChatTurn("user", asked));
            if (reading.Turns == AnnotatedTurns.Every && !reading.PromptsAlone)
            {
                exchanges.Add(new Exchange([.. before], answered));
                Conversation.RequireFew(exchanges.Count, Key);
            }

            before.Add(new ChatTurn("assistant", answered));
        }

        exchanges.Add(new Exchange([.. before, new ChatTurn("user", prompt)], response));
        return AfterSystem(record, exchanges, reading);
    }

    /// <summary>Puts the system's words before conversations, of files that have them beside the turns rather than among them.</summary>
    /// <param name="record">A JSON object.</param>
    /// <param name="exchanges">The conversations in it.</param>
    /// <param name="reading">Hears that the words are used.</param>
    /// <returns>The conversations; as they were where there are no such words.</returns>
    /// <exception cref="BadRecordException">They are no text.</exception>
    public static IReadOnlyList<Exchange> AfterSystem(JsonElement record, IReadOnlyList<Exchange> exchanges, RecordReading reading)
    {
        reading.Take("system");
        var words = record.TryGetProperty("system", out var value) && value.ValueKind != JsonValueKind.Null ? RecordField.AsText(value, "system") : "";
        return words.Length == 0 ? exchanges : [.. exchanges.Select(exchange => exchange.After(words))];
    }

    private static IEnumerable<(string Asked, string Answered)> Rounds(JsonElement record, RecordReading reading)
    {
        reading.Take(Key);
        if (!record.TryGetProperty(Key, out var history) || history.ValueKind == JsonValueKind.Null || (history.ValueKind == JsonValueKind.String && history.ValueEquals("")))
        {
            yield break;
        }

        if (history.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(Key, history);
        }

        var round = 0;
        foreach (var pair in history.EnumerateArray())
        {
            var name = $"{Key}[{round++}]";
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2)
            {
                throw Wrong(name, pair);
            }

            var (asked, answered) = (RecordField.AsText(pair[0], $"{name}[0]"), RecordField.AsText(pair[1], $"{name}[1]"));
            Conversation.RequireText(asked, $"{name}[0]");
            Conversation.RequireText(answered, $"{name}[1]");
            yield return (asked, answered);
        }
    }

    private static BadRecordException Wrong(string name, JsonElement value) =>
        new($"\"{name}\" is {RecordField.Show(value)} where earlier rounds belong; write [[\"prompt\", \"response\"], ...], oldest first");
}
