using System.Globalization;
using System.Text;

namespace TSpin.Jinja;

/// <summary>How values print in <see cref="JinjaDialect.JavaScript"/>.</summary>
internal static class JavaScriptText
{
    public static string Of(object? value)
    {
        if (value is null or Undefined || Python.AsText(value) is not null)
        {
            return Python.AsText(value) ?? "";
        }

        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case Undefined:
                text.Append("undefined");
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case JinjaDict dict:
                text.Append('{');
                text.AppendJoin(", ", dict.Items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{JsonText.Of(Of(item.Key), CallArguments.None)}: {Nested(item.Value)}")));
                text.Append('}');
                break;
            case IReadOnlyList<object?> list:
                text.Append('[').AppendJoin(", ", list.Select(Nested)).Append(']');
                break;
            default:
                text.Append(Python.AsText(value) is { } quoted ? JsonText.Of(quoted, CallArguments.None) : Python.Text(value));
                break;
        }
    }

    private static string Nested(object? value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }
}
