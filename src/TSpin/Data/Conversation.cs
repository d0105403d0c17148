using System.Text;
using System.Text.Json;
using TSpin.Recipes;
using TSpin.Recipes.Binding;

namespace TSpin.Data;

/// <summary>
/// Takes prompts and responses out of a list of turns <c>{role, content}</c> (or ShareGPT's <c>{from, value}</c>, where a user is called human
/// and an assistant gpt): the first user turn and the first assistant turn after it (the paper trains on first-round pairs), or the last or every
/// assistant turn with all that comes before it. A blank system turn is passed over. A content is text, or a list of parts
/// <c>{type: "text", text}</c>, which are joined.
/// </summary>
internal static class Conversation
{
    // A conversation of n answers gives n prompts that hold each other: without a limit a hostile file would need the square of its size.
    private const int MostAnswers = 1000;

    /// <summary>Takes the exchanges that are annotated.</summary>
    /// <param name="turns">The list of turns.</param>
    /// <param name="key">What the list is called.</param>
    /// <param name="annotated">Which assistant turns are.</param>
    /// <returns>At least one exchange.</returns>
    /// <exception cref="BadRecordException">There is no such exchange, or a turn is malformed.</exception>
    public static IReadOnlyList<Exchange> Exchanges(JsonElement turns, string key, AnnotatedTurns annotated) => turns.ValueKind == JsonValueKind.Array
        ? Exchanges(Turns(turns, key), key, annotated)
        : throw new BadRecordException($"\"{key}\" is {RecordField.Show(turns)} where a list of turns belongs; write [{{\"role\": \"user\", \"content\": ...}}, ...]");

    /// <summary>The turns of a list, with what messages call them.</summary>
    /// <param name="turns">A list.</param>
    /// <param name="key">What it is called.</param>
    /// <returns>Its elements.</returns>
    public static IEnumerable<(JsonElement Turn, string Name)> Turns(JsonElement turns, string key) =>
        turns.EnumerateArray().Select((turn, i) => (turn, $"{key}[{i}]"));

    /// <summary>Takes the exchanges that are annotated.</summary>
    /// <param name="turns">The turns, with what messages call them.</param>
    /// <param name="key">What all of them are called.</param>
    /// <param name="annotated">Which assistant turns are.</param>
    /// <returns>At least one exchange, in order.</returns>
    /// <exception cref="BadRecordException">There is no such exchange, or a turn is malformed.</exception>
    public static IReadOnlyList<Exchange> Exchanges(IEnumerable<(JsonElement Turn, string Name)> turns, string key, AnnotatedTurns annotated)
    {
        var before = new List<ChatTurn>();
        var exchanges = new List<Exchange>();
        var (position, asked) = (0, false);
        foreach (var (turn, name) in turns)
        {
            position++;
            if (turn.ValueKind != JsonValueKind.Object)
            {
                throw new BadRecordException($"{name} is {RecordField.Show(turn)} where a turn belongs; write {{\"role\": ..., \"content\": ...}}");
            }

            switch (Role(turn, name))
            {
                case "system" when !asked || annotated != AnnotatedTurns.First:
                    AddSystem(before, Content(turn, name));
                    break;
                case var role when IsUser(role) && (!asked || annotated != AnnotatedTurns.First):
                    var words = Content(turn, name);
                    RequireText(words, asked ? name : "prompt");
                    before.Add(new ChatTurn("user", words));
                    asked = true;
                    break;
                case var role when asked && IsAssistant(role):
                    if (before[^1].Role != "user")
                    {
                        throw new BadRecordException($"{name} answers no user turn: a turn of {before[^1].Role} stands before it; join them, or set data.turns: first");
                    }

                    var answer = Content(turn, name);
                    if (annotated == AnnotatedTurns.First)
                    {
                        return [new Exchange(before, answer)];
                    }

                    RequireText(answer, name);
                    if (annotated == AnnotatedTurns.Last)
                    {
                        exchanges.Clear();
                    }

                    exchanges.Add(new Exchange([.. before], answer));
                    before.Add(new ChatTurn("assistant", answer));
                    if (before.Count > 2 * MostAnswers)
                    {
                        throw new BadRecordException($"\"{key}\" has more than {MostAnswers} answers; split the conversation, or set data.turns: first");
                    }

                    break;
                case var role when asked && annotated != AnnotatedTurns.First:
                    throw new BadRecordException($"{name} is a turn of {YamlText.Show(role, quoted: true)}, which only system, user and assistant can be here; remove the record, or set data.turns: first");
                default:
                    break;
            }
        }

        return exchanges.Count > 0 ? exchanges : throw new BadRecordException(!asked
            ? $"\"{key}\" has no user turn among its {position}; one must ask"
            : $"\"{key}\" has no assistant turn after the first user turn; one must answer");
    }

    // Templates take one system turn, so several at the start are joined.
    private static void AddSystem(List<ChatTurn> before, string words)
    {
        if (string.IsNullOrWhiteSpace(words))
        {
            return;
        }

        if (before is [.., { Role: "system" } last])
        {
            before[^1] = last with { Content = $"{last.Content}\n\n{words}" };
        }
        else
        {
            before.Add(new ChatTurn("system", words));
        }
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
