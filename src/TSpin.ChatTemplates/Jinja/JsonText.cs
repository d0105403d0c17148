using System.Globalization;
using System.Numerics;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Writes JSON as Python's <c>json.dumps</c> does, which is what <c>tojson</c> is in chat templates: spaces after commas and colons, no HTML escapes.</summary>
internal sealed class JsonText
{
    private const int MaxDepth = 200;

    private readonly StringBuilder _text = new();
    private readonly bool _ascii;
    private readonly bool _sorts;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;

    private JsonText(BoundArguments arguments)
    {
        _ascii = arguments.Truth("ensure_ascii");
        _sorts = arguments.Truth("sort_keys");
        _indent = arguments.Get("indent") switch
        {
            null => null,
            var value when Python.AsText(value) is { } text => text,
            var value when Python.AsIndex(value) is { } count => new string(' ', (int)Math.Clamp(count, 0, 1000)),
            var value => throw new JinjaException(JinjaErrorKind.Type, $"indent must be int or str, not {Python.TypeName(value)}"),
        };
        (_itemSeparator, _keySeparator) = arguments.Get("separators") switch
        {
            null => (_indent is null ? ", " : ",", ": "),
            IReadOnlyList<object?> { Count: 2 } pair => (Python.Text(pair[0]), Python.Text(pair[1])),
            _ => throw new JinjaException(JinjaErrorKind.Value, "separators must be a pair of strings"),
        };
    }

    public static string Of(object? value, CallArguments arguments)
    {
        var writer = new JsonText(arguments.Bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys"));
        writer.Write(value, 0);
        return writer._text.ToString();
    }

    private void Write(object? value, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"tojson: nested more than {MaxDepth} levels deep");
        }

        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case bool flag:
                _text.Append(flag ? "true" : "false");
                break;
            case long number:
                _text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case BigInteger number:
                _text.Append(Integers.Text(number));
                break;
            case double number:
                _text.Append(Number(number));
                break;
            case string text:
                Quote(text);
                break;
            case Markup markup:
                Quote(markup.Text);
                break;
            case JinjaDict dict:
                var items = dict.Items;
                if (_sorts)
                {
                    items = items.OrderBy(item => item.Key, Comparer<object?>.Create((a, b) => Python.Compare(a, b)));
                }

                Items('{', '}', [.. items], depth, item =>
                {
                    Quote(Key(item.Key));
                    _text.Append(_keySeparator);
                    Write(item.Value, depth + 1);
                });
                break;
            case IReadOnlyList<object?> list when value is not JinjaRange:
                Items('[', ']', list, depth, item => Write(item, depth + 1));
                break;
            default:
                throw new JinjaException(JinjaErrorKind.Type, $"Object of type {Python.TypeName(value)} is not JSON serializable");
        }
    }

    private void Items<T>(char open, char close, IReadOnlyList<T> items, int depth, Action<T> write)
    {
        _text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            _text.Append(i > 0 ? _itemSeparator : "");
            NewLine(depth + 1);
            write(items[i]);
        }

        if (items.Count > 0)
        {
            NewLine(depth);
        }

        _text.Append(close);
    }

    private void NewLine(int depth)
    {
        if (_indent is null)
        {
            return;
        }

        _text.Append('\n');
        for (var i = 0; i < depth; i++)
        {
            _text.Append(_indent);
        }
    }

    private static string Number(double number) => double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : Python.Number(number);

    private static string Key(object? key) => key switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number => Number(number),
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => Integers.Text(number),
        _ => Python.AsText(key) ?? throw new JinjaException(JinjaErrorKind.Type, $"keys must be str, int, float, bool or None, not {Python.TypeName(key)}"),
    };

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '~' when _ascii => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
