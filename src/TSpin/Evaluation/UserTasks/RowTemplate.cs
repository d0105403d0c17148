using System.Text.Json;
using TSpin.ChatTemplates.Jinja;
using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.UserTasks;

/// <summary>A text made of a row: a Jinja template over its columns, or the name of a column.</summary>
internal sealed class RowTemplate
{
    // A row is small; a template that works longer is broken.
    private static readonly JinjaLimits Limits = new() { MaxSteps = 2_000_000, MaxCharacters = 8_000_000 };

    private readonly string _text;
    private readonly string _field;
    private readonly JinjaTemplate? _template;

    private RowTemplate(string text, string field, JinjaTemplate? template) =>
        (_text, _field, _template) = (text, field, template);

    /// <summary>Parses one.</summary>
    /// <param name="text">With braces a template; else the name of a column.</param>
    /// <param name="field">The key that states it, for messages.</param>
    /// <exception cref="JinjaException">It is no template.</exception>
    public static RowTemplate Parse(string text, string field) =>
        new(text, field, IsTemplate(text) ? JinjaTemplate.Parse(text, field, JinjaEnvironment.Tasks) : null);

    /// <summary>Whether a text is a template rather than the name of a column.</summary>
    public static bool IsTemplate(string text) =>
        text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal)
            || text.Contains("{#", StringComparison.Ordinal);

    /// <summary>What was written.</summary>
    public string Source => _text;

    /// <summary>Whether it is no template.</summary>
    public bool IsName => _template is null;

    /// <summary>The text of a row.</summary>
    /// <exception cref="TSpinException">The row lacks what it names; says file, row, key.</exception>
    public string Of(TaskRow row)
    {
        if (_template is null)
        {
            return Column(row, out var inner) is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag
                ? flag.GetBoolean() ? "True" : "False" : inner.Text(Last);
        }

        try
        {
            return _template.Render(row.Json.EnumerateObject()
                .ToDictionary(column => column.Name, column => column.Value), limits: Limits).Text;
        }
        catch (JinjaException error)
        {
            throw new TSpinException(
                $"{row.Place}: {_field} cannot be made: {error.Detail} (line {error.Line}, column {error.Column} of the template); the row has {Columns(row)}. Correct the template, or the row.", error);
        }
    }

    /// <summary>The list that a column holds, or that the template writes as Python does.</summary>
    /// <exception cref="TSpinException">There is none.</exception>
    public IReadOnlyList<string> ListOf(TaskRow row)
    {
        if (_template is null)
        {
            _ = Column(row, out var inner);
            return inner.Texts(Last);
        }

        var text = Of(row);
        return PythonLiteral.List(text)
            ?? throw new TSpinException(
            $"{row.Place}: {_field} makes {Files.Excerpt.Of(text)}, which is no list such as ['a', 'b']. Write a template that gives a list, for example {{{{choices}}}}, or name the column that holds it.");
    }

    /// <summary>
    /// What a row allows: all texts of a column that is a list, or of a list that the template writes as Python does; else the
    /// one text.
    /// </summary>
    /// <exception cref="TSpinException">As for <see cref="Of"/>; or the list is empty.</exception>
    public IReadOnlyList<string> AlternativesOf(TaskRow row)
    {
        if (_template is null && Column(row, out var inner).ValueKind != JsonValueKind.Array)
        {
            return [Of(row)];
        }

        if (_template is not null)
        {
            var text = Of(row);
            return text is ['[', .., ']'] && PythonLiteral.List(text) is { } listed ? NotEmpty(listed, row) : [text];
        }

        _ = Column(row, out inner);
        return NotEmpty(inner.Texts(Last), row);
    }

    private IReadOnlyList<string> NotEmpty(IReadOnlyList<string> texts, TaskRow row) => texts.Count > 0 ? texts
        : throw new TSpinException($"{row.Place}: {_field} is an empty list, so that no answer would be right. Correct the row, or leave it out.");

    private string Last => _text[(_text.LastIndexOf('.') + 1)..];

    // A column of that very name, else one inside others: choices.text.
    private JsonElement Column(TaskRow row, out TaskRow inner)
    {
        inner = row;
        var names = row.Has(_text) || !_text.Contains('.', StringComparison.Ordinal) ? [_text] : _text.Split('.');
        foreach (var name in names[..^1])
        {
            inner = inner.Has(name) ? inner.Child(name) : throw Missing(row);
        }

        return inner.Json.TryGetProperty(names[^1], out var value) ? value : throw Missing(row);
    }

    private TSpinException Missing(TaskRow row) => new(
        $"{row.Place}: has no column {_text}, which {_field} names; it has {Columns(row)}. Correct the row, or name another column (a template has braces: {{{{{Last}}}}}).");

    private static string Columns(TaskRow row) =>
        string.Join(", ", row.Json.EnumerateObject().Select(column => column.Name).Take(12));
}
