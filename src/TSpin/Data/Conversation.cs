using System.Text;
using System.Text.Json;

namespace TSpin.Data;

/// <summary>
/// Takes the first exchange out of a list of turns <c>{role, content}</c> (or ShareGPT's <c>{from, value}</c>, where a user is called human
/// and an assistant gpt): the first user turn, and the first assistant turn after it.
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

        return FirstExchange(Turns(turns, key), key);
    }

    /// <summary>The turns of a list, with what messages call them.</summary>
    /// <param name="turns">A list.</param>
    /// <param name="key">What it is called.</param>
    /// <returns>Its elements.</returns>
    public static IEnumerable<(JsonElement Turn, string Name)> Turns(JsonElement turns, string key) =>
        turns.EnumerateArray().Select((turn, i) => (turn, $"{key}[{i}]"));

    /// <summary>Takes the first exchange.</summary>
    /// <param name="turns">The turns, with what messages call them.</param>
    /// <param name="key">What all of them are called.</param>
    /// <returns>Prompt and response.</returns>
    /// <exception cref="BadRecordException">There is no such exchange, or a turn is malformed.</exception>
    public static (string Prompt, string Response) FirstExchange(IEnumerable<(JsonElement Turn, string Name)> turns, string key)
    {
        var system = new StringBuilder();
        string? prompt = null;
        var position = 0;
        foreach (var (turn, name) in turns)
        {
            position++;
            if (turn.ValueKind != JsonValueKind.Object)
            {
                throw new BadRecordException($"{name} is {RecordField.Show(turn)} where a turn belongs; write {{\"role\": ..., \"content\": ...}}");
            }

            switch (Role(turn, name))
            {
                case "system" when prompt is null && Content(turn, name) is var text && !string.IsNullOrWhiteSpace(text):
                    system.Append(text).Append("\n\n");
                    break;
                case var role when prompt is null && IsUser(role):
                    prompt = Content(turn, name);
                    RequireText(prompt, "prompt");
                    break;
                case var role when prompt is not null && IsAssistant(role):
                    return ($"{system}{prompt}", Content(turn, name));
                default:
                    break;
            }
        }

        throw new BadRecordException(prompt is null
            ? $"\"{key}\" has no user turn among its {position}; one must ask"
            : $"\"{key}\" has no assistant turn after the first user turn; one must answer");
    }

    /// <summary>Counts the turns of one side.</summary>
    /// <param name="turns">The turns, with what messages call them.</param>
    /// <param name="ofUser">Whether to count the user's; else the assistant's.</param>
    /// <returns>How many; what is no turn is not counted.</returns>
    public static int Count(IEnumerable<(JsonElement Turn, string Name)> turns, bool ofUser) =>
        turns.Count(turn => turn.Turn.ValueKind == JsonValueKind.Object && Role(turn.Turn, turn.Name) is var role && (ofUser ? IsUser(role) : IsAssistant(role)));

    /// <summary>What the first assistant turn says.</summary>
    /// <param name="turns">The turns, with what messages call them.</param>
    /// <param name="key">What all of them are called.</param>
    /// <returns>Its text.</returns>
    /// <exception cref="BadRecordException">There is none, or a turn is malformed.</exception>
    public static string FirstAnswer(IEnumerable<(JsonElement Turn, string Name)> turns, string key)
    {
        foreach (var (turn, name) in turns)
        {
            if (turn.ValueKind == JsonValueKind.Object && IsAssistant(Role(turn, name)))
            {
                return Content(turn, name);
            }
        }

        throw new BadRecordException($"\"{key}\" has no assistant turn; one must answer");
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

    private static bool IsUser(string role) => role is "user" or "human";

    private static bool IsAssistant(string role) => role is "assistant" or "gpt" or "chatgpt" or "bing" or "bard" or "model";

    private static string Role(JsonElement turn, string name) =>
        turn.TryGetProperty("role", out var role) || turn.TryGetProperty("from", out role) ? RecordField.AsText(role, $"{name}.role") : throw RecordField.Lacks(turn, $"{name}.role");

    private static string Content(JsonElement turn, string name)
    {
        if (!turn.TryGetProperty("content", out var content) && !turn.TryGetProperty("value", out content))
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
                var kind = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out type) ? $"it is of type {RecordField.Show(type)}, and " : "";
                throw new BadRecordException($"{partName} is no part of type \"text\"; {kind}only text can be trained on, remove the record");
            }

            // OpenAI and Hugging Face call it text, LLaMA-Factory's second layout value.
            parts.Append(part.TryGetProperty("text", out var text) || part.TryGetProperty("value", out text)
                ? RecordField.AsText(text, partName)
                : throw RecordField.Lacks(part, $"{partName}.text"));
        }

        return parts.ToString();
    }
}
