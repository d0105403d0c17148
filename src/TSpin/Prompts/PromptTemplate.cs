using System.Text;
using System.Text.Json;
using TSpin.ChatTemplates;

namespace TSpin.Prompts;

/// <summary>
/// Turns a user's words into the text that a response continues: the same for generation, training and evaluation. A template is
/// text with <c>{prompt}</c> exactly once, in which every other character, braces too, stands for itself; or a chat template in Jinja.
/// Special tokens are the tokenizer's business, except those written in the template's own text; a chat template writes all of them.
/// </summary>
public sealed class PromptTemplate
{
    private const string PaperText = "### Instruction: {prompt}\n\n### Response: ";

    private readonly string _before;
    private readonly string _after;
    private readonly ChatPrompt? _chat;

    private PromptTemplate(string name, string text)
    {
        Name = name;
        Text = text;
        var at = text.IndexOf(TemplateText.Placeholder, StringComparison.Ordinal);
        _before = text[..at];
        _after = text[(at + TemplateText.Placeholder.Length)..];
    }

    private PromptTemplate(string text, ChatPrompt chat) => (Name, Text, _before, _after, _chat) = ("chat", text, "", "", chat);

    /// <summary>The template of the T-SPIN and SPIN papers, with one trailing space.</summary>
    public static PromptTemplate Paper { get; } = new("paper", PaperText);

    /// <summary>The prompt alone.</summary>
    public static PromptTemplate None { get; } = new("none", TemplateText.Placeholder);

    /// <summary><c>paper</c>, <c>none</c>, <c>chat</c>, or <c>custom</c> for any other text.</summary>
    public string Name { get; }

    /// <summary>The template's text, with its placeholder.</summary>
    public string Text { get; }

    /// <summary>Whether the tokenizer adds its special tokens (BOS) to the rendered prompt; not where a chat template writes them itself.</summary>
    public bool AddsSpecialTokens => _chat is null;

    /// <summary>
    /// What the template writes after a response; a special token at its start ends the turn, in generation as in training. Null: the template says
    /// nothing of it, and EOS ends a response.
    /// </summary>
    public string? EndOfTurn => _chat?.EndOfTurn is { Length: > 0 } end ? end : null;

    /// <summary>The file of a chat template, for example <c>chat_template.jinja</c>; empty for plain templates.</summary>
    public string EndOfTurnSource => _chat?.Origin ?? "";

    /// <summary>Reads what a recipe's <c>prompt.template</c> holds, chat templates excepted.</summary>
    /// <param name="nameOrText"><c>paper</c>, <c>none</c>, or text that holds <c>{prompt}</c> exactly once.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TSpinException">It is neither, or a chat template, which belongs to a model: <see cref="Of(string, string)"/> finds those.</exception>
    public static PromptTemplate Parse(string nameOrText) => (nameOrText, TemplateText.FaultOf(nameOrText)) switch
    {
        (_, { } fault) => throw new TSpinException($"prompt.template: {fault}"),
        ("paper", _) => Paper,
        ("none", _) => None,
        _ when TemplateText.IsChat(nameOrText) => throw new TSpinException($"prompt.template: \"{nameOrText}\" is found in a model's folder; here is no model, use \"paper\", \"none\" or text with {{prompt}}"),
        _ => new PromptTemplate("custom", nameOrText),
    };

    /// <summary>Reads what a recipe's <c>prompt.template</c> holds, for a model.</summary>
    /// <param name="nameOrText">As for <see cref="Parse"/>, or <c>chat</c>, <c>chat:NAME</c>, or a .jinja file.</param>
    /// <param name="modelFolder">Where chat templates and their special tokens are found.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TSpinException">There is no such template, or it cannot be parsed.</exception>
    public static PromptTemplate Of(string nameOrText, string modelFolder) => Of(new PromptSettings { Template = nameOrText }, modelFolder);

    /// <summary>Makes the template of a recipe, with its system prompt and arguments.</summary>
    /// <param name="settings">Section <c>prompt</c>.</param>
    /// <param name="modelFolder">Where chat templates and their special tokens are found.</param>
    /// <param name="clock">What a chat template takes for the time (<c>strftime_now</c>). Default: the system's clock.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TSpinException">There is no such template, it cannot be parsed, or another one is given what only chat templates take.</exception>
    public static PromptTemplate Of(PromptSettings settings, string modelFolder, TimeProvider? clock = null)
    {
        var name = settings.Template;
        if (!TemplateText.IsChat(name))
        {
            return settings.System is null && settings.Arguments.Count == 0 ? Parse(name)
                : throw new TSpinException($"prompt.{(settings.System is null ? "arguments" : "system")}: only chat templates take it; set prompt.template: chat, or write the words into the template's text");
        }

        var template = name == TemplateText.Chat ? ChatTemplate.Load(modelFolder)
            : name.StartsWith(TemplateText.NamedChat, StringComparison.Ordinal) ? ChatTemplate.Load(modelFolder, name[TemplateText.NamedChat.Length..])
            : ChatTemplate.FromFile(name, modelFolder);
        return new PromptTemplate(name, new ChatPrompt(template, settings.System, Arguments(settings.Arguments), clock));
    }

    /// <summary>Puts a prompt into the template; <c>{prompt}</c> inside the prompt itself stays as it is.</summary>
    /// <param name="prompt">The user's words.</param>
    /// <returns>The text before the response.</returns>
    /// <exception cref="TSpinException">A chat template fails on it.</exception>
    public string Render(string prompt) => Render([new ChatTurn("user", prompt)]);

    /// <summary>A written response as it follows <see cref="Render(string)"/>: unchanged, except that a chat template may trim it or put something before it.</summary>
    /// <param name="prompt">The user's words.</param>
    /// <param name="response">The assistant's.</param>
    /// <returns>The text between the rendered prompt and <see cref="EndOfTurn"/>.</returns>
    /// <exception cref="TSpinException">A chat template does not write the conversation as the prompt and a continuation of it.</exception>
    public string RenderResponse(string prompt, string response) => RenderResponse([new ChatTurn("user", prompt)], response);

    /// <summary>
    /// Puts a conversation into the template. A plain template is written once for every user turn, each answer after its own prompt and an empty line after
    /// that; a system turn stands before the next prompt, with an empty line between.
    /// </summary>
    /// <param name="turns">The conversation; the last turn is a user's.</param>
    /// <returns>The text before the response.</returns>
    /// <exception cref="TSpinException">A chat template fails on it.</exception>
    public string Render(IReadOnlyList<ChatTurn> turns)
    {
        if (_chat is not null)
        {
            return _chat.Render(turns);
        }

        var text = new StringBuilder();
        var words = new List<string>();
        foreach (var turn in turns)
        {
            if (turn.Role == "assistant")
            {
                text.Append(_before).AppendJoin("\n\n", words).Append(_after).Append(turn.Content).Append("\n\n");
                words.Clear();
            }
            else
            {
                words.Add(turn.Content);
            }
        }

        return text.Append(_before).AppendJoin("\n\n", words).Append(_after).ToString();
    }

    /// <summary>A written response as it follows <see cref="Render(IReadOnlyList{ChatTurn})"/>.</summary>
    /// <param name="turns">The conversation before it.</param>
    /// <param name="response">The assistant's words.</param>
    /// <returns>The text between the rendered prompt and <see cref="EndOfTurn"/>.</returns>
    /// <exception cref="TSpinException">A chat template does not write the conversation as the prompt and a continuation of it.</exception>
    public string RenderResponse(IReadOnlyList<ChatTurn> turns, string response) => _chat?.RenderResponse(turns, response) ?? response;

    private static Dictionary<string, JsonElement> Arguments(IEnumerable<string> assignments) => assignments.Select(assignment => assignment.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => ValueOf(pair[1]), StringComparer.Ordinal);

    // What is not JSON is a text, so that date_string=26 Jul 2024 needs no quotes.
    private static JsonElement ValueOf(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}
