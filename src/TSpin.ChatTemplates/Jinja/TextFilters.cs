using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Filters that give text.</summary>
internal static partial class TextFilters
{
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\n\f/>=");

    public static void AddTo(Dictionary<string, Func<Interpreter, object?, CallArguments, object?>> filters)
    {
        filters["string"] = (interpreter, value, _) => value is Markup ? value : interpreter.Text(value);
        filters["safe"] = (_, value, _) => new Markup(Python.Text(value));
        filters["escape"] = filters["e"] = (_, value, _) => value is Markup ? value : Markup.Escape(Python.Text(value));
        filters["forceescape"] = (_, value, _) => Markup.Escape(Python.Text(value));
        filters["upper"] = Same(Casing.Upper);
        filters["lower"] = Same(text => Casing.Lower(text));
        filters["capitalize"] = Same(Casing.Capitalize);
        filters["title"] = Same(text => string.Concat(WordStart().Split(text).Where(part => part.Length > 0).Select(Begun)));
        filters["trim"] = (_, value, arguments) => arguments.Bind("trim", 0, "chars").OptionalText("chars") is var characters
            ? Like(value, StringMethods.Strip(Python.Text(value), characters)) : null;
        filters["replace"] = (interpreter, value, arguments) =>
        {
            var bound = arguments.Bind("replace", 2, "old", "new", "count");
            var count = bound.Get("count") is null ? -1 : bound.Integer("count", -1);
            return StringMethods.Replace(interpreter, Python.Text(value), Python.Text(bound.Get("old")), Python.Text(bound.Get("new")), count < 0 ? int.MaxValue : count);
        };
        filters["indent"] = (interpreter, value, arguments) => Like(value, Indent(interpreter, TextOf("indent", value), arguments.Bind("indent", 0, "width", "first", "blank")));
        filters["truncate"] = (_, value, arguments) => value is IReadOnlyList<object?> or JinjaDict or JinjaView or Undefined ? Short(value, arguments) : Truncate(TextOf("truncate", value), arguments.Bind("truncate", 0, "length", "killwords", "end", "leeway"));
        filters["center"] = (interpreter, value, arguments) => Like(value, StringMethods.Justify(interpreter, Python.Text(value), arguments.Bind("center", 0, "width").Integer("width", 80), " ", "center"));
        filters["format"] = (interpreter, value, arguments) => arguments.Positional.Count > 0 && arguments.Named.Count > 0
            ? throw new JinjaException(JinjaErrorKind.Value, "can't handle positional and keyword arguments at the same time")
            : interpreter.Charged(PercentFormat.Apply(Python.Text(value), arguments.Named.Count > 0 ? Dict(arguments.Named) : new JinjaTuple(arguments.Positional)));
        filters["striptags"] = (_, value, _) => string.Join(' ', Tags().Replace(Python.Text(value), "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        filters["wordcount"] = (_, value, _) => (long)Words().Count(Python.Text(value));
        filters["urlencode"] = (interpreter, value, _) => UrlEncode(interpreter, value);
        filters["tojson"] = (interpreter, value, arguments) => value is Undefined undefined
            ? throw new JinjaException(JinjaErrorKind.Type, $"Object of type Undefined is not JSON serializable ({undefined.Fault().Detail})")
            : interpreter.Charged(JsonText.Of(value, arguments));
        filters["filesizeformat"] = (_, value, arguments) => FileSize(
            Python.AsNumber(ValueFilters.Float(value, null)) ?? throw new JinjaException(JinjaErrorKind.Value, $"could not convert {Python.Representation(value)} to float"), arguments.Bind("filesizeformat", 0, "binary").Truth("binary"));
        filters["xmlattr"] = XmlAttributes;
        filters["wordwrap"] = (interpreter, value, arguments) =>
            WordWrap.Apply(interpreter, TextOf("wordwrap", value), arguments.Bind("wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens"));
        filters["pprint"] = (interpreter, value, arguments) => arguments.Bind("pprint", 0) is var _ ? PrettyText.Of(interpreter, value) : null;
    }

    // The first letter in upper case, not as titles have it.
    private static string Begun(string word)
    {
        var first = CodePoints.Of(word).First();
        return Casing.Upper(first) + Casing.Lower(word[first.Length..]);
    }

    private static string TextOf(string filter, object? value) => value is Undefined undefined ? throw undefined.Fault() : Python.AsText(value)
        ?? throw new JinjaException(JinjaErrorKind.Type, $"{filter} wants text, not '{Python.TypeName(value)}'");

    // What is short enough stays what it is, whatever it is.
    private static object? Short(object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("truncate", 0, "length", "killwords", "end", "leeway");
        var count = value switch { JinjaDict dict => dict.Count, JinjaView view => view.Items.Count, IReadOnlyList<object?> list => list.Count, _ => 0 };
        return count <= bound.Integer("length", 255) + bound.Integer("leeway", 5) ? value : throw new JinjaException(JinjaErrorKind.Type, $"truncate wants text, not '{Python.TypeName(value)}'");
    }

    private static Func<Interpreter, object?, CallArguments, object?> Same(Func<string, string> change) => (_, value, _) => Like(value, change(Python.Text(value)));

    private static object Like(object? value, string text) => value is Markup ? new Markup(text) : text;

    private static JinjaDict Dict(IReadOnlyDictionary<string, object?> values)
    {
        var dict = new JinjaDict();
        foreach (var (key, value) in values)
        {
            dict[key] = value;
        }

        return dict;
    }

    private static string Indent(Interpreter interpreter, string text, BoundArguments bound)
    {
        var indention = Python.AsText(bound.Get("width")) ?? new string(' ', Math.Clamp(bound.Integer("width", 4), 0, 10_000));
        // The line break that Jinja2 adds keeps a last, empty line.
        var lines = StringMethods.Lines(text + "\n");
        interpreter.Charge(((long)lines.Count * indention.Length) + text.Length);
        var isBlankToo = bound.Truth("blank");
        var result = string.Join('\n', lines.Select((line, i) => i > 0 && (isBlankToo || line.Length > 0) ? indention + line : line));
        return bound.Truth("first") ? indention + result : result;
    }

    private static string Truncate(string text, BoundArguments bound)
    {
        var (length, end, leeway) = (bound.Integer("length", 255), bound.Text("end", "..."), bound.Get("leeway") is null ? 5 : bound.Integer("leeway", 5));
        var characters = CodePoints.Of(text).ToList();
        var endLength = CodePoints.Count(end);
        if (length < endLength)
        {
            throw new JinjaException(JinjaErrorKind.Value, $"expected length >= {endLength}, got {length}");
        }

        if (characters.Count <= length + leeway)
        {
            return text;
        }

        var cut = string.Concat(characters.Take(length - endLength));
        var blank = cut.LastIndexOf(' ');
        return (bound.Truth("killwords") || blank < 0 ? cut : cut[..blank]) + end;
    }

    private static string UrlEncode(Interpreter interpreter, object? value)
    {
        if (value is JinjaDict dict)
        {
            return string.Join('&', dict.Items.Select(item => Quoted(item.Key, isQuery: true) + "=" + Quoted(item.Value, isQuery: true)));
        }

        return value is IReadOnlyList<object?> or JinjaSequence or JinjaView
            ? string.Join('&', interpreter.Items(value).Select(pair => interpreter.Items(pair).ToArray() is [var key, var item] ? Quoted(key, true) + "=" + Quoted(item, true)
                : throw new JinjaException(JinjaErrorKind.Value, "urlencode wants pairs")))
            : Quoted(value, isQuery: false);
    }

    private static string Quoted(object? value, bool isQuery)
    {
        var result = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(Python.Text(value)))
        {
            var c = (char)b;
            _ = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || (c == '/' && !isQuery) ? result.Append(c)
                : c == ' ' && isQuery ? result.Append('+') : result.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return result.ToString();
    }

    private static string FileSize(double bytes, bool isBinary)
    {
        var unit = isBinary ? 1024.0 : 1000.0;
        string[] prefixes = isBinary ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"] : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        if (bytes == 1)
        {
            return "1 Byte";
        }

        if (bytes < unit)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(bytes)} Bytes");
        }

        var power = unit;
        for (var i = 0; ; i++)
        {
            power *= unit;
            if (bytes < power || i == prefixes.Length - 1)
            {
                return FormatSpec.Fixed(unit * bytes / power, 1) + " " + prefixes[i];
            }
        }
    }

    private static object XmlAttributes(Interpreter interpreter, object? value, CallArguments arguments)
    {
        var bound = arguments.Bind("xmlattr", 0, "autospace");
        var dict = value as JinjaDict ?? throw new JinjaException(JinjaErrorKind.Type, "xmlattr wants a mapping");
        var items = dict.Items.Where(item => item.Value is not (null or Undefined))
            .Select(item => (Key: Python.Text(item.Key), Value: item.Value is Markup safe ? safe : Markup.Escape(Python.Text(item.Value)))).ToArray();
        if (Array.Find(items, item => item.Key.AsSpan().IndexOfAny(NotInNames) >= 0) is { Key: { } bad })
        {
            throw new JinjaException(JinjaErrorKind.Value, $"Invalid character in attribute name: {Python.Representation(bad)}");
        }

        var text = string.Join(' ', items.Select(item => $"{Markup.Escape(item.Key).Text}=\"{item.Value.Text}\""));
        return text.Length > 0 && bound.Truth("autospace", true) ? " " + text : text;
    }

    [GeneratedRegex(@"([-\s({\[<]+)", RegexOptions.CultureInvariant)]
    private static partial Regex WordStart();

    [GeneratedRegex(@"<!--.*?-->|<[^>]*>", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex(@"\w+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
