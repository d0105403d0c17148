using System.Text.Json;

namespace TSpin.Data;

/// <summary>The reading of one record: what is asked of it, and which of its keys were taken. What changes the meaning of a record and was not taken, a user must hear of.</summary>
/// <param name="turns">Which assistant turns of a conversation are annotated.</param>
/// <param name="promptsAlone">Whether only prompts are needed: responses may be missing.</param>
/// <param name="withRejected">Whether a rejected response is needed beside the annotated one.</param>
internal sealed class RecordReading(AnnotatedTurns turns, bool promptsAlone = false, bool withRejected = false)
{
    // What other tools train by. Further keys (ids, sources, scores) say nothing about what is asked and answered.
    private static readonly string[] Meaningful =
        ["rejected", "system", "history", "tools", "functions", "weight", "label", "kto_tag", "images", "image", "videos", "video", "audios", "audio"];

    // What they say of the response.
    private static readonly string[] OfResponses = ["rejected", "weight", "label", "kto_tag"];

    private static readonly string[] MeaningfulInTurns = ["tool_calls", "function_call", "reasoning_content", "reasoning", "thinking"];

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private SortedSet<string> _notUsed = new(StringComparer.Ordinal);

    /// <summary>Which assistant turns of a conversation are annotated.</summary>
    public AnnotatedTurns Turns => turns;

    /// <summary>Whether only prompts are needed.</summary>
    public bool PromptsAlone => promptsAlone;

    /// <summary>Whether a rejected response is needed.</summary>
    public bool WithRejected => withRejected;

    /// <summary>Keys, in quotes, and other things that change what the record means and were not used.</summary>
    public IReadOnlyCollection<string> NotUsed => _notUsed;

    /// <summary>The same reading where the last turn is the annotated one, unless the first was asked for.</summary>
    /// <returns>A reading that notes in this one.</returns>
    public RecordReading Last() => Turns == AnnotatedTurns.Every ? new(AnnotatedTurns.Last, promptsAlone, withRejected) { _notUsed = _notUsed } : this;

    /// <summary>Notes that a key of the record is read.</summary>
    /// <param name="key">The key.</param>
    public void Take(string key) => _taken.Add(key);

    /// <summary>Notes that a key says something that is not used.</summary>
    /// <param name="key">The key.</param>
    public void Ignore(string key) => _notUsed.Add($"\"{key}\"");

    /// <summary>Notes that an assistant spoke before it was asked, which is passed over.</summary>
    public void IgnoreGreeting() => _notUsed.Add("an assistant turn before the first user turn");

    /// <summary>Notes the keys of a turn that say something and are not used.</summary>
    /// <param name="turn">A turn of a conversation.</param>
    public void IgnoreRestOfTurn(JsonElement turn)
    {
        foreach (var key in MeaningfulInTurns)
        {
            if (turn.TryGetProperty(key, out var value) && Says(value))
            {
                Ignore(key);
            }
        }
    }

    /// <summary>Notes the keys of the record that say something and were not taken.</summary>
    /// <param name="record">The record.</param>
    public void IgnoreRest(JsonElement record)
    {
        foreach (var key in Meaningful)
        {
            if (!_taken.Contains(key) && !(promptsAlone && OfResponses.Contains(key)) && record.TryGetProperty(key, out var value) && Changes(key, value))
            {
                Ignore(key);
            }
        }
    }

    // A weight of 1 and a label of a good answer are what is assumed anyway.
    private static bool Changes(string key, JsonElement value) => key switch
    {
        "weight" => value.ValueKind == JsonValueKind.False || (value.ValueKind == JsonValueKind.Number && value.GetDouble() != 1),
        "label" or "kto_tag" => value.ValueKind == JsonValueKind.False,
        "rejected" => value.ValueKind != JsonValueKind.Null && !(value.ValueKind == JsonValueKind.String && value.ValueEquals("")),
        _ => Says(value),
    };

    private static bool Says(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        // Files with one type per column hold lists as text.
        JsonValueKind.String => value.GetRawText().Trim('"').Trim() is not ("" or "[]" or "{}" or "null"),
        _ => true,
    };
}
