using System.Text.Json;
using TSpin.ChatTemplates.Jinja;
using TSpin.Files;
using TSpin.Gguf;

namespace TSpin.ChatTemplates;

/// <summary>
/// A model's own chat template with the special tokens it names, found as transformers finds it: chat_template.jinja, then
/// <c>chat_template</c> in tokenizer_config.json (a text, or a list of named templates); named ones also in additional_chat_templates/NAME.jinja. Where the model is
/// a GGUF file, it has them.
/// </summary>
public sealed class ChatTemplate
{
    private const string DefaultName = "default";
    private static readonly JsonElement Null = JsonSerializer.SerializeToElement<object?>(null);

    private readonly JinjaTemplate _template;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;

    private ChatTemplate(string source, string origin, string folder) =>
        (Source, Origin, _template, _specialTokens) = (source, origin, JinjaTemplate.Parse(source, origin), SpecialTokenTexts.Read(folder));

    /// <summary>The template as written.</summary>
    public string Source { get; }

    /// <summary>The file it came from, and the name in it where it has one.</summary>
    public string Origin { get; }

    /// <summary>Whether a model folder has any chat template.</summary>
    /// <param name="folder">The model folder.</param>
    /// <returns>True when <see cref="Load"/> would find one, named or not.</returns>
    /// <exception cref="TSpinException">A file there is damaged.</exception>
    public static bool ExistsIn(string folder) => Sources(folder).Count > 0;

    /// <summary>Finds a model's template.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="name">A named template such as <c>tool_use</c>; default the one called <c>default</c>, or the only one.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TSpinException">The folder has none, or none of that name; the message lists what there is.</exception>
    /// <exception cref="JinjaException">The template cannot be parsed.</exception>
    public static ChatTemplate Load(string folder, string? name = null)
    {
        var sources = Sources(folder);
        if (sources.Count == 0)
        {
            throw new TSpinException(
                $"{folder}: the model has no chat template (no chat_template.jinja, none in tokenizer_config.json); name a .jinja file, or use \"paper\", \"none\" or text with {{prompt}}");
        }

        var wanted = name ?? (sources.Count == 1 ? sources.Keys.Single() : DefaultName);
        return sources.TryGetValue(wanted, out var found) ? new ChatTemplate(found.Source, found.Origin, folder)
            : throw new TSpinException($"{folder}: the model has no chat template called \"{wanted}\"; it has {string.Join(", ", sources.Keys.Select(known => $"\"{known}\" (chat:{known})"))}");
    }

    /// <summary>Reads a template from a file of its own.</summary>
    /// <param name="path">The .jinja file.</param>
    /// <param name="folder">The model folder, for its special tokens.</param>
    /// <returns>The template.</returns>
    /// <exception cref="TSpinException">The file cannot be read or parsed.</exception>
    public static ChatTemplate FromFile(string path, string folder) =>
        new(ModelJson.ReadText(path) ?? throw new TSpinException($"{path}: no such file; name a chat template's .jinja file (a relative path starts from the working directory)"), path, folder);

    /// <summary>Renders a conversation as transformers' <c>apply_chat_template</c> does, without tools or documents.</summary>
    /// <param name="turns">The conversation.</param>
    /// <param name="addGenerationPrompt">Whether the text ends where an assistant's answer begins.</param>
    /// <param name="arguments">What the template is told besides, such as <c>enable_thinking</c>; null for nothing.</param>
    /// <param name="clock">What <c>strftime_now</c> reads; default the system's.</param>
    /// <returns>The text, special tokens written out in it.</returns>
    /// <exception cref="JinjaException">The template refuses the conversation, or fails on it.</exception>
    public string Render(
        IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonElement>? arguments = null, TimeProvider? clock = null)
    {
        var context = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["messages"] = JsonSerializer.SerializeToElement(turns.Select(turn => new Dictionary<string, string> { ["role"] = turn.Role, ["content"] = turn.Content })),
            ["tools"] = Null,
            ["documents"] = Null,
            ["add_generation_prompt"] = JsonSerializer.SerializeToElement(addGenerationPrompt),
        };
        foreach (var (name, text) in _specialTokens)
        {
            context[name] = JsonSerializer.SerializeToElement(text);
        }

        foreach (var (name, value) in arguments ?? new Dictionary<string, JsonElement>())
        {
            context[name] = value;
        }

        return _template.Render(context, clock).Text;
    }

    // A file of its own wins over the same name in tokenizer_config.json, which is older practice.
    private static Dictionary<string, (string Source, string Origin)> Sources(string folder)
    {
        var sources = new Dictionary<string, (string Source, string Origin)>(StringComparer.Ordinal);
        if (GgufModelFile.Find(folder) is { } path && File.Exists(path))
        {
            using var file = GgufFile.Open(path);
            foreach (var (name, text, key) in GgufChatTemplates.Read(file.Metadata))
            {
                sources[name] = (text, $"{path} ({key})");
            }
        }

        FromConfig(Path.Combine(folder, ModelJson.TokenizerConfig), sources);
        var own = Path.Combine(folder, "chat_template.jinja");
        if (ModelJson.ReadText(own) is { } source)
        {
            sources[DefaultName] = (source, own);
        }

        var additional = Path.Combine(folder, "additional_chat_templates");
        foreach (var template in Directory.Exists(additional) ? Directory.EnumerateFiles(additional, "*.jinja").Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
        {
            sources[Path.GetFileNameWithoutExtension(template)] = (ModelJson.ReadText(template) ?? "", template);
        }

        return sources;
    }

    private static void FromConfig(string path, Dictionary<string, (string Source, string Origin)> sources)
    {
        using var config = ModelJson.Read(path);
        if (config is null || !config.RootElement.TryGetProperty("chat_template", out var given))
        {
            return;
        }

        switch (given.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.String:
                sources[DefaultName] = (given.GetString()!, $"{path} (chat_template)");
                break;
            case JsonValueKind.Array:
                foreach (var entry in given.EnumerateArray())
                {
                    if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
                        || !entry.TryGetProperty("template", out var template) || template.ValueKind != JsonValueKind.String)
                    {
                        throw new TSpinException($"{path}: chat_template: an entry of the list is not {{\"name\": ..., \"template\": ...}}; fetch the file again");
                    }

                    sources[name.GetString()!] = (template.GetString()!, $"{path} (chat_template \"{name.GetString()}\")");
                }

                break;
            default:
                throw new TSpinException($"{path}: chat_template is {given.ValueKind} where a text or a list of named templates belongs; fetch the file again");
        }
    }
}
