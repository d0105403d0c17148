using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TSpin.ChatTemplates;
using TSpin.ChatTemplates.Jinja;
using TSpin.Files;

namespace TSpin.Checks;

/// <summary>
/// Compares renderings of chat templates with those that Jinja2 made as transformers drives it: text and generation spans identical; where Jinja2 ended with an
/// error an error too, and a template's own (<c>raise_exception</c>) with its own words.
/// </summary>
public static class TemplatesCheck
{
    private const int ShownCharacters = 60;

    // The context and clock that the records were made with.
    private static readonly TimeProvider Clock = new FixedClock(new DateTimeOffset(2025, 7, 10, 12, 0, 0, TimeSpan.Zero));
    private static readonly Dictionary<string, string> SpecialTokens = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "<unk>", ["pad_token"] = "<pad>" };
    private static readonly string[] WithTools = ["tools", "tool-call"];
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs the comparison.</summary>
    /// <param name="cases">JSONL: <c>template</c> (path below <paramref name="root"/>), <c>conversation</c>, <c>arguments</c>, and <c>text</c> with <c>generation_spans</c>, or <c>error</c> with <c>message</c>.</param>
    /// <param name="conversations">JSON: <c>conversations</c> by name, and <c>tools</c>, which the conversations <c>tools</c> and <c>tool-call</c> are given.</param>
    /// <param name="root">Folder of the templates.</param>
    /// <returns>The report; a missing or malformed file is its fault.</returns>
    public static CheckReport Run(string cases, string conversations, string root)
    {
        var list = new CheckList();
        try
        {
            using var given = RecordJson.Read<JsonDocument>(conversations);
            var templates = new Dictionary<string, JinjaTemplate>(StringComparer.Ordinal);
            var number = 0;
            foreach (var record in JsonLinesReader.Read<TemplateCase>(cases))
            {
                number++;
                Compare(list, number, record, Context(record, given.RootElement, conversations), templates, root);
            }

            return number > 0 ? list.Report(cases) : list.Report(cases, $"{cases}: holds no case. Write one JSON object per line, or name another file.");
        }
        catch (TSpinException error)
        {
            return list.Report(cases, error.Message);
        }
    }

    private static Dictionary<string, JsonElement> Context(TemplateCase record, JsonElement given, string file)
    {
        if (given.ValueKind != JsonValueKind.Object || !given.TryGetProperty("conversations", out var all) || all.ValueKind != JsonValueKind.Object || !all.TryGetProperty(record.Conversation, out var messages))
        {
            throw new TSpinException($"{file}: has no conversation '{record.Conversation}'. Give the file that the cases were recorded with.");
        }

        var none = JsonSerializer.SerializeToElement<object?>(null);
        var context = SpecialTokens.ToDictionary(token => token.Key, token => JsonSerializer.SerializeToElement(token.Value), StringComparer.Ordinal);
        context["messages"] = messages;
        context["documents"] = none;
        context["tools"] = WithTools.Contains(record.Conversation) && given.TryGetProperty("tools", out var tools) ? tools : none;
        foreach (var (name, value) in record.Arguments)
        {
            context[name] = value;
        }

        return context;
    }

    private static void Compare(CheckList list, int number, TemplateCase record, Dictionary<string, JsonElement> context, Dictionary<string, JinjaTemplate> templates, string root)
    {
        var name = $"case {number} ({record.Template}, {record.Conversation})";
        JinjaOutput output;
        try
        {
            if (!templates.TryGetValue(record.Template, out var template))
            {
                templates[record.Template] = template = JinjaTemplate.Parse(Read(Path.Combine(root, record.Template)), record.Template);
            }

            output = template.Render(context, Clock);
        }
        catch (JinjaException error)
        {
            list.Same(record.Error is null ? "text" : "error", name, Text(record.Error == "TemplateError" && error.Kind == JinjaErrorKind.Template ? error.Detail : record.Error is null ? error.Message : ""),
                Text(record.Error == "TemplateError" ? record.Message ?? "" : record.Error is null ? Start(record.Text) : ""));
            return;
        }

        if (record.Error is not null)
        {
            list.Same("error", name, Text(Start(output.Text)), Text($"{record.Error}: {record.Message}"));
            return;
        }

        var expected = record.Text ?? "";
        var at = output.Text.AsSpan().CommonPrefixLength(expected);
        var same = at == output.Text.Length && at == expected.Length;
        list.Same("text", same ? name : $"{name}, character {at}", same ? "" : Text(Start(output.Text[at..])), same ? "" : Text(Start(expected[at..])));
        if (record.GenerationSpans is { } spans)
        {
            list.Same("generation spans", name, string.Join(' ', output.GenerationSpans.Select(span => $"{span.Start}-{span.End}")), string.Join(' ', spans.Select(span => $"{span[0]}-{span[1]}")));
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be read: {error.Message} --root names the folder that the cases' template paths start from.", error);
        }
    }

    private static string Start(string? text) => text is null ? "" : text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";

    private static string Text(string text) => JsonSerializer.Serialize(text, Readable);

    private sealed record TemplateCase(
        string Template,
        string Conversation,
        Dictionary<string, JsonElement> Arguments,
        string? Text = null,
        [property: JsonPropertyName("generation_spans")] int[][]? GenerationSpans = null,
        string? Error = null,
        string? Message = null);
}
