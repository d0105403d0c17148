using System.Text;
using System.Text.Json;
using TSpin.ChatTemplates;
using TSpin.Files;

namespace TSpin.Data;

/// <summary>
/// Takes prompts and responses out of a list of turns <c>{role, content}</c> (or ShareGPT's <c>{from, value}</c>, where a user is called human
/// and an assistant gpt): the first annotated assistant turn (the paper trains on first-round pairs), or the last or every one, each with all that comes
/// before it. An assistant turn of weight 0 is not annotated: it stands before what follows. A blank system turn is passed over, and so is what an assistant
/// says before it was asked; nothing else before a response is. A content is text, or a list of parts <c>{type: "text", text}</c>, which are joined.
/// </summary>
internal static class Conversation
{
    // A conversation of n answers gives n prompts that hold each other: without a limit a hostile file would need the square of its size.
    private const int MostAnswers = 1000;

    /// <summary>Takes the exchanges that are annotated.</summary>
    /// <param name="turns">The list of turns.</param>
    /// <param name="key">What the list is called.</param>
    /// <param name="reading">Which assistant turns are.</param>
    /// <returns>At least one exchange.</returns>
    /// <exception cref="BadRecordException">There is no such exchange, or a turn is malformed.</exception>
    public static IReadOnlyList<Exchange> Exchanges(JsonElement turns, string key, RecordReading reading) => turns.ValueKind == JsonValueKind.Array
        ? Exchanges([.. Turns(turns, key)], key, reading)
        : throw new BadRecordException($"\"{key}\" is {RecordField.Show(turns)} where a list of turns belongs; write [{{\"role\": \"user\", \"content\": ...}}, ...]");

    /// <summary>The turns of a list, with what messages call them.</summary>
    /// <param name="turns">A list.</param>
    /// <param name="key">What it is called.</param>
    /// <returns>Its elements.</returns>
    public static IEnumerable<(JsonElement Turn, string Name)> Turns(JsonElement turns, string key) =>
        turns.EnumerateArray().Select((turn, i) => (turn, $"{key}[{i}]"));

    /// <summary>Takes the exchanges that are annotated; where prompts alone are needed and a user has the last word, the whole as a prompt.</summary>
    /// <param name="turns">The turns, with what messages call them.</param>
    /// <param name="key">What all of them are called.</param>
    /// <param name="reading">Which assistant turns are annotated.</param>
    /// <returns>At least one exchange, in order.</returns>
    /// <exception cref="BadRecordException">There is no such exchange, or a turn is malformed.</exception>
    public static IReadOnlyList<Exchange> Exchanges(IReadOnlyList<(JsonElement Turn, string Name)> turns, string key, RecordReading reading)
    {
        var isPrompt = reading.PromptsAlone && turns is [.., var (end, endName)] && end.ValueKind == JsonValueKind.Object && IsUser(Role(end, endName));
        var before = new List<ChatTurn>();
        var exchanges = new List<Exchange>();
        var (asked, answers) = (false, 0);
        foreach (var (turn, name) in turns)
        {
            if (turn.ValueKind != JsonValueKind.Object)
            {
                throw new BadRecordException($"{name} is {RecordField.Show(turn)} where a turn belongs; write {{\"role\": ..., \"content\": ...}}");
            }

            var role = Role(turn, name);
            if (IsSystem(role))
            {
                AddSystem(before, Content(turn, name));
            }
            else if (IsUser(role))
            {
                var words = Content(turn, name);
                RequireText(words, asked ? name : "prompt");
                before.Add(new ChatTurn("user", words));
                asked = true;
            }
            else if (!IsAssistant(role))
            {
                throw UnknownRole(role, name);
            }
            else if (asked)
            {
                var answer = Answer(turn, name, before, reading);
                answers++;
                if (IsAnnotated(turn, name, reading) && !isPrompt)
                {
                    if (reading.Turns == AnnotatedTurns.First)
                    {
                        return [new Exchange(before, answer)];
                    }

                    if (reading.Turns == AnnotatedTurns.Last)
                    {
                        exchanges.Clear();
                    }

                    exchanges.Add(new Exchange([.. before], answer));
                }

                RequireText(answer, name);
                before.Add(new ChatTurn("assistant", answer));
                RequireFew(before.Count / 2, key);
            }
            else
            {
                reading.IgnoreGreeting();
            }
        }

        return isPrompt ? [new Exchange(before, "")]
            : exchanges.Count > 0 ? exchanges
            : throw new BadRecordException(!asked ? $"\"{key}\" has no user turn among its {turns.Count}; one must ask"
                : answers > 0 ? $"\"{key}\" has no assistant turn to train on: {(answers == 1 ? "its only one is" : $"all {answers} are")} of weight 0; remove the record"
                : $"\"{key}\" has no assistant turn after the first user turn; one must answer");
    }

    /// <summary>Refuses more answers in one conversation than are read.</summary>
    /// <param name="answers">How many there are so far.</param>
    /// <param name="key">What the conversation is called.</param>
    /// <exception cref="BadRecordException">There are too many.</exception>
    public static void RequireFew(int answers, string key)
    {
        if (answers > MostAnswers)
        {
            throw new BadRecordException($"\"{key}\" has more than {MostAnswers} answers; split the conversation, or set data.turns: first");
        }
    }

    /// <summary>Counts the turns of one side.</summary>
    /// <param name="turns">The turns, with what messages call them.</param>
    /// <param name="ofUser">Whether to count the user's; else the assistant's.</param>
    /// <returns>How many; what is no turn is not counted.</returns>
    public static int Count(IEnumerable<(JsonElement Turn, string Name)> turns, bool ofUser) =>
        turns.Count(turn => turn.Turn.ValueKind == JsonValueKind.Object && Role(turn.Turn, turn.Name) is var role && (ofUser ? IsUser(role) : IsAssistant(role)));

    /// <summary>What the only turn, an assistant's, says.</summary>
    /// <param name="turns">The turns, with what messages call them.</param>
    /// <param name="key">What all of them are called.</param>
    /// <param name="reading">Hears what of the turn is not used.</param>
    /// <returns>Its text.</returns>
    /// <exception cref="BadRecordException">There is none, it is malformed, or a turn of another role is there.</exception>
    public static string OnlyAnswer(IEnumerable<(JsonElement Turn, string Name)> turns, string key, RecordReading reading)
    {
        foreach (var (turn, name) in turns)
        {
            if (turn.ValueKind == JsonValueKind.Object)
            {
                var role = Role(turn, name);
                if (IsAssistant(role))
                {
                    reading.IgnoreRestOfTurn(turn);
                    return Content(turn, name);
                }

                if (!IsSystem(role))
                {
                    throw UnknownRole(role, name);
                }
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

    private static string Answer(JsonElement turn, string name, List<ChatTurn> before, RecordReading reading)
    {
        if (before[^1].Role != "user")
        {
            throw new BadRecordException(
                $"{name} answers no user turn: a turn of {before[^1].Role} stands before it; join them{(reading.Turns == AnnotatedTurns.First ? ", or remove the record" : ", or set data.turns: first")}");
        }

        reading.IgnoreRestOfTurn(turn);
        return Content(turn, name);
    }

    // OpenAI's and axolotl's weight, and axolotl's two names for the same as a flag.
    private static bool IsAnnotated(JsonElement turn, string name, RecordReading reading)
    {
        foreach (var key in new[] { "train", "training" })
        {
            if (turn.TryGetProperty(key, out var flag) && flag.ValueKind == JsonValueKind.False)
            {
                return false;
            }
        }

        if (!turn.TryGetProperty("weight", out var weight) || weight.ValueKind is JsonValueKind.Null or JsonValueKind.True)
        {
            return true;
        }

        if (weight.ValueKind is not (JsonValueKind.Number or JsonValueKind.False))
        {
            throw new BadRecordException($"\"{name}.weight\" is {RecordField.Show(weight)} where 0 or 1 belongs; write 0 for an answer that is not to be trained on");
        }

        var value = weight.ValueKind == JsonValueKind.False ? 0 : weight.GetDouble();
        if (value is not (0 or 1))
        {
            reading.Ignore("weight");
        }

        return value != 0;
    }

    private static BadRecordException UnknownRole(string role, string name) => new(
        $"{name} is a turn of {YamlText.Show(role, quoted: true)}, which only system (or developer), user and assistant can be here; "
        + "remove the record, or leave such out with data.skip_bad: true (--skip-bad)");

    private static bool IsSystem(string role) => role is "system" or "developer";

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
