namespace TSpin.ChatTemplates.Jinja;

/// <summary>How values print in <see cref="JinjaDialect.JavaScript"/>.</summary>
internal static class JavaScriptText
{
    public static string Of(object? value) => value is null or Undefined ? "" : Python.AsText(value) ?? Nested(value);

    private static string Nested(object? value)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        return value switch
        {
            null => "null",
            Undefined => "undefined",
            bool flag => flag ? "true" : "false",
            JinjaDict dict => $"{{{string.Join(", ", dict.Items.Select(item => $"{Quoted(Of(item.Key))}: {Nested(item.Value)}"))}}}",
            IReadOnlyList<object?> list => $"[{string.Join(", ", list.Select(Nested))}]",
            _ => Python.AsText(value) is { } text ? Quoted(text) : Python.Text(value),
        };
    }

    private static string Quoted(string text) => JsonText.Of(text, CallArguments.None);
}
