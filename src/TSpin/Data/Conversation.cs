using System.Text;
using System.Text.Json;

namespace TSpin.Data;

/// <summary>
/// Takes the first exchange out of a list of turns <c>{role, content}</c>: the first user turn, and the first assistant turn after it.
/// What a system turn before the user turn says is put before the prompt, with an empty line between, because a plain template has
/// no other place for it and the response may depend on it; a blank system turn is passed over. Later turns are not used (the paper
/// trains on first-round pairs). A content is text, or a list of parts <c>{type: "text", text}</c>, which are joined.
/// </summary>
internal static class Conversation
{
    /// <summary>Takes the first exchange.</summary>
    /// <param name="turns">The list of turns.</param>
    /// <param name="key">What the list is called.</param>
    /// <returns>Prompt and response.</returns>
    /// <exception cref="BadRecordException">There is no such exchange, or a turn is malformed.</exception>
    public static (string Prompt, string Response) FirstExchange(JsonElement turns, string key)
    {
        if (turns.ValueKind != JsonValueKind.Array)
        {
            throw new BadRecordException($"\"{key}\" is {RecordField.Show(turns)} where a list of turns belongs; write [{{\"role\": \"user\", \"content\": ...}}, ...]");
        }

        var system = new StringBuilder();
        string? prompt = null;
        var position = 0;
        foreach (var turn in turns.EnumerateArray())
        {
            var name = $"{key}[{position++}]";
            if (turn.ValueKind != JsonValueKind.Object)
            {
                throw new BadRecordException($"{name} is {RecordField.Show(turn)} where a turn belongs; write {{\"role\": ..., \"content\": ...}}");
            }

            switch (Role(turn, name))
            {
                case "system" when prompt is null && Content(turn, name) is var text && !string.IsNullOrWhiteSpace(text):
                    system.Append(text).Append("\n\n");
                    break;
                case "user" when prompt is null:
                    prompt = Content(turn, name);
                    RequireText(prompt, "prompt");
                    break;
                case "assistant" when prompt is not null:
                    return ($"{system}{prompt}", Content(turn, name));
                default:
                    break;
            }
        }

        throw new BadRecordException(prompt is null
            ? $"\"{key}\" has no user turn among its {position}; one must ask"
            : $"\"{key}\" has no assistant turn after the first user turn; one must answer");
    }

    /// <summary>Refuses text that says nothing.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="BadRecordException">The text is empty or blank.</exception>
    public static void RequireText(string text, string what)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new BadRecordException($"the {what} is {(text.Length == 0 ? "empty" : $"blank ({text.Length} white space characters)")}; write it, or remove the record");
        }
    }

    private static string Role(JsonElement turn, string name) =>
        turn.TryGetProperty("role", out var role) ? RecordField.AsText(role, $"{name}.role") : throw RecordField.Lacks(turn, $"{name}.role");

    private static string Content(JsonElement turn, string name)
    {
        if (!turn.TryGetProperty("content", out var content))
        {
            throw RecordField.Lacks(turn, $"{name}.content");
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            return RecordField.AsText(content, $"{name}.content");
        }

        var parts = new StringBuilder();
        var position = 0;
        foreach (var part in content.EnumerateArray())
        {
            var partName = $"{name}.content[{position++}]";
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("text"))
            {
                throw new BadRecordException($"{partName} is no part of type \"text\"; only text can be trained on, remove the record");
            }

            // OpenAI and Hugging Face call it text, LLaMA-Factory's second layout value.
            parts.Append(part.TryGetProperty("text", out var text) || part.TryGetProperty("value", out text)
                ? RecordField.AsText(text, partName)
                : throw RecordField.Lacks(part, $"{partName}.text"));
        }

        return parts.ToString();
    }
}
