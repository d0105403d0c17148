using TSpin.Tokenizers.Patterns;

namespace TSpin.Tokenizers.Sources;

/// <summary>What the readers of tokenizer.json's components share.</summary>
internal static class ComponentReader
{
    /// <summary>Reads a component by its type.</summary>
    public static T ByType<T>(JsonField field, string what, IReadOnlyDictionary<string, Func<JsonField, T>> readers)
    {
        var type = field.Required("type");
        var name = type.Text();
        return readers.TryGetValue(name, out var reader) ? reader(field) : throw type.Unknown(what, name, readers.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>Reads a <c>pattern</c>: {"String": …} or {"Regex": …}, in old files a bare text.</summary>
    /// <returns>The pattern, and the literal text when it is one.</returns>
    public static (Pattern Pattern, string? Literal) ReadPattern(JsonField field)
    {
        try
        {
            if (field.Kind == System.Text.Json.JsonValueKind.String)
            {
                return (Pattern.Literal(field.Text()), field.Text());
            }

            if (field.OptionalText("String") is { } literal)
            {
                return (Pattern.Literal(literal), literal);
            }

            if (field.OptionalText("Regex") is { } regex)
            {
                return (new Pattern(regex), null);
            }
        }
        catch (PatternSyntaxException error)
        {
            throw field.Fault(error.Message, error);
        }

        throw field.Fault("has neither \"String\" nor \"Regex\"");
    }

    /// <summary>Reads a text of exactly one UTF-16 unit.</summary>
    public static char ReadChar(JsonField field) =>
        field.Text() is { Length: 1 } text ? text[0] : throw field.Fault($"is \"{field.Text()}\", not a single character");
}
