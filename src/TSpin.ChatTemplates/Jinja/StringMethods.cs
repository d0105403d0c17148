using System.Buffers;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>The methods of Python's strings. Those of marked text give marked text and escape what they are given.</summary>
internal static partial class StringMethods
{
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");

    public static JinjaCallable? Find(Interpreter interpreter, string text, string name) => Bind(interpreter, text, name);

    public static JinjaCallable? Find(Interpreter interpreter, Markup markup, string name) => Bind(interpreter, markup.Text, name) is not { } plain ? null
        : new JinjaCallable(name, arguments => Marked(plain.Call(arguments with { Positional = [.. arguments.Positional.Select(argument => Escaped(name, argument))] })));

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    public static string Strip(string text, string? characters, bool left = true, bool right = true)
    {
        if (characters is null)
        {
            var (from, to) = (0, text.Length);
            while (left && from < to && IsSpace(text[from]))
            {
                from++;
            }

            while (right && to > from && IsSpace(text[to - 1]))
            {
                to--;
            }

            return text[from..to];
        }

        var set = CodePoints.Of(characters).ToHashSet(StringComparer.Ordinal);
        var all = CodePoints.Of(text).ToList();
        var first = left ? all.FindIndex(character => !set.Contains(character)) : 0;
        var last = right ? all.FindLastIndex(character => !set.Contains(character)) : all.Count - 1;
        return first < 0 ? "" : string.Concat(all.Skip(first).Take(last - first + 1));
    }

    public static List<string> Lines(string text, bool keepEnds = false)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny(LineBreaks);
            if (end < 0)
            {
                lines.Add(text[start..]);
                break;
            }

            end += start;
            var next = end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    private static object? Escaped(string method, object? argument) => method is "replace" or "join" or "format" or "ljust" or "rjust" or "center" && argument is string text ? Markup.Escape(text).Text
        : method is "join" && argument is List<object?> list ? list.Select(item => item is Markup ? item : (object)Markup.Escape(Python.Text(item)).Text).ToList()
        : argument;

    private static object? Marked(object? result) => result switch
    {
        string text => new Markup(text),
        List<object?> list => list.Select(Marked).ToList(),
        JinjaTuple tuple => new JinjaTuple([.. tuple.Select(Marked)]),
        _ => result,
    };

    private static JinjaCallable? Bind(Interpreter interpreter, string text, string name)
    {
        Func<CallArguments, object?>? call = name switch
        {
            "upper" => _ => Casing.Upper(text),
            "lower" => _ => Casing.Lower(text),
            "casefold" => _ => Casing.Fold(text),
            "capitalize" => _ => Casing.Capitalize(text),
            "title" => _ => Casing.Title(text),
            "swapcase" => _ => Casing.Swap(text),
            "strip" => arguments => Strip(text, arguments.Bind(name, 0, "chars").OptionalText("chars")),
            "lstrip" => arguments => Strip(text, arguments.Bind(name, 0, "chars").OptionalText("chars"), right: false),
            "rstrip" => arguments => Strip(text, arguments.Bind(name, 0, "chars").OptionalText("chars"), left: false),
            "removeprefix" => arguments => arguments.Bind(name, 1, "prefix").Text("prefix", "") is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
            "removesuffix" => arguments => arguments.Bind(name, 1, "suffix").Text("suffix", "") is { Length: > 0 } suffix && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
            "split" => arguments => Split(text, arguments.Bind(name, 0, "sep", "maxsplit"), fromRight: false),
            "rsplit" => arguments => Split(text, arguments.Bind(name, 0, "sep", "maxsplit"), fromRight: true),
            "splitlines" => arguments => Lines(text, arguments.Bind(name, 0, "keepends").Truth("keepends")).ToList<object?>(),
            "partition" => arguments => Partition(text, arguments.Bind(name, 1, "sep").Text("sep", ""), last: false),
            "rpartition" => arguments => Partition(text, arguments.Bind(name, 1, "sep").Text("sep", ""), last: true),
            "replace" => arguments => Replace(interpreter, text, arguments.Bind(name, 2, "old", "new", "count")),
            "join" => arguments => Join(interpreter, text, arguments.Bind(name, 1, "iterable").Get("iterable")),
            "startswith" => arguments => Affix(text, arguments.Bind(name, 1, "prefix", "start", "end"), "prefix", (part, affix) => part.StartsWith(affix, StringComparison.Ordinal)),
            "endswith" => arguments => Affix(text, arguments.Bind(name, 1, "suffix", "start", "end"), "suffix", (part, affix) => part.EndsWith(affix, StringComparison.Ordinal)),
            "find" or "index" or "rfind" or "rindex" => arguments => Position(text, arguments.Bind(name, 1, "sub", "start", "end"), name),
            "count" => arguments => Count(text, arguments.Bind(name, 1, "sub", "start", "end")),
            "center" or "ljust" or "rjust" => arguments => Justify(interpreter, text, arguments.Bind(name, 1, "width", "fillchar"), name),
            "zfill" => arguments => ZeroFill(interpreter, text, arguments.Bind(name, 1, "width").Integer("width", 0)),
            "expandtabs" => arguments => ExpandTabs(interpreter, text, arguments.Bind(name, 0, "tabsize").Integer("tabsize", 8)),
            "format" => arguments => interpreter.Charged(BraceFormat.Apply(interpreter, text, arguments)),
            "isdigit" or "isdecimal" or "isnumeric" => _ => text.Length > 0 && text.All(char.IsDigit),
            "isalpha" => _ => text.Length > 0 && Runes(text).All(Rune.IsLetter),
            "isalnum" => _ => text.Length > 0 && Runes(text).All(Rune.IsLetterOrDigit),
            "isspace" => _ => text.Length > 0 && text.All(IsSpace),
            "isascii" => _ => text.All(char.IsAscii),
            "isupper" => _ => text.Any(char.IsUpper) && !text.Any(char.IsLower),
            "islower" => _ => text.Any(char.IsLower) && !text.Any(char.IsUpper),
            "istitle" => _ => text.Any(char.IsLetter) && Casing.Title(text) == text,
            "isidentifier" => _ => text.Length > 0 && !char.IsDigit(text[0]) && text.All(c => char.IsLetterOrDigit(c) || c == '_'),
            _ => null,
        };
        return call is null ? null : new JinjaCallable(name, call);
    }

    private static IEnumerable<Rune> Runes(string text) => text.EnumerateRunes();

    private static JinjaTuple Partition(string text, string separator, bool last)
    {
        if (separator.Length == 0)
        {
            throw new JinjaException(JinjaErrorKind.Value, "empty separator");
        }

        var at = last ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? new JinjaTuple([text[..at], separator, text[(at + separator.Length)..]])
            : last ? new JinjaTuple(["", "", text]) : new JinjaTuple([text, "", ""]);
    }

    private static string Replace(Interpreter interpreter, string text, BoundArguments arguments)
    {
        var count = arguments.Integer("count", -1);
        return Replace(interpreter, text, arguments.Text("old", ""), arguments.Text("new", ""), count < 0 ? int.MaxValue : count);
    }

    public static string Replace(Interpreter interpreter, string text, string old, string with, int count)
    {
        var result = new StringBuilder();
        if (old.Length == 0)
        {
            var done = 0;
            foreach (var character in CodePoints.Of(text))
            {
                if (done++ < count)
                {
                    interpreter.Charge(with.Length);
                    result.Append(with);
                }

                result.Append(character);
            }

            return (done < count ? result.Append(with) : result).ToString();
        }

        var start = 0;
        for (int at; count > 0 && (at = text.IndexOf(old, start, StringComparison.Ordinal)) >= 0; start = at + old.Length, count--)
        {
            interpreter.Charge(with.Length);
            result.Append(text, start, at - start).Append(with);
        }

        return result.Append(text, start, text.Length - start).ToString();
    }

    private static string Join(Interpreter interpreter, string separator, object? items)
    {
        var result = new StringBuilder();
        var index = 0;
        foreach (var item in interpreter.Items(items))
        {
            var part = Python.AsText(item) ?? throw new JinjaException(JinjaErrorKind.Type, $"sequence item {index}: expected str instance, {Python.TypeName(item)} found");
            interpreter.Charge(part.Length + separator.Length);
            result.Append(index++ > 0 ? separator : "").Append(part);
        }

        return result.ToString();
    }

    private static object Affix(string text, BoundArguments arguments, string name, Func<string, string, bool> holds)
    {
        var (part, _) = Part(text, arguments);
        return arguments.Get(name) switch
        {
            JinjaTuple several => several.Any(affix => holds(part, Python.AsText(affix) ?? throw Wrong(affix))),
            var one => holds(part, Python.AsText(one) ?? throw Wrong(one)),
        };

        JinjaException Wrong(object? value) => value is Undefined undefined ? undefined.Fault()
            : new JinjaException(JinjaErrorKind.Type, $"{arguments.Function} first arg must be str or a tuple of str, not {Python.TypeName(value)}");
    }

    // The part between start and end, and how many code points lie before it.
    private static (string Part, int Before) Part(string text, BoundArguments arguments)
    {
        if (arguments.Get("start") is null && arguments.Get("end") is null)
        {
            return (text, 0);
        }

        var characters = CodePoints.Of(text).ToList();
        var start = Clamp(arguments.Get("start") is null ? 0 : arguments.Integer("start", 0));
        var end = Clamp(arguments.Get("end") is null ? characters.Count : arguments.Integer("end", 0));
        return (string.Concat(characters.Skip(start).Take(Math.Max(0, end - start))), start);

        int Clamp(int index) => Math.Clamp(index < 0 ? index + characters.Count : index, 0, characters.Count);
    }

    private static object Position(string text, BoundArguments arguments, string method)
    {
        var (part, before) = Part(text, arguments);
        var wanted = arguments.Text("sub", "");
        var at = method[0] == 'r' ? part.LastIndexOf(wanted, StringComparison.Ordinal) : part.IndexOf(wanted, StringComparison.Ordinal);
        return at >= 0 ? (long)(before + CodePoints.IndexOf(part, at))
            : method.EndsWith("find", StringComparison.Ordinal) ? -1L : throw new JinjaException(JinjaErrorKind.Value, "substring not found");
    }

    private static object Count(string text, BoundArguments arguments)
    {
        var (part, _) = Part(text, arguments);
        var wanted = arguments.Text("sub", "");
        if (wanted.Length == 0)
        {
            return (long)CodePoints.Count(part) + 1;
        }

        var count = 0L;
        for (var at = part.IndexOf(wanted, StringComparison.Ordinal); at >= 0; at = part.IndexOf(wanted, at + wanted.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static string Justify(Interpreter interpreter, string text, BoundArguments arguments, string method)
    {
        var fill = arguments.Text("fillchar", " ");
        return CodePoints.Count(fill) == 1 ? Justify(interpreter, text, arguments.Integer("width", 0), fill, method)
            : throw new JinjaException(JinjaErrorKind.Type, "The fill character must be exactly one character long");
    }

    public static string Justify(Interpreter interpreter, string text, int width, string fill, string method)
    {
        var missing = Math.Max(0, width - CodePoints.Count(text));
        interpreter.Charge(missing + text.Length);
        // Python puts the odd blank of a centred text to the left where the width is odd too.
        var left = method switch { "ljust" => 0, "rjust" => missing, _ => (missing / 2) + (missing & width & 1) };
        return Repeat(left) + text + Repeat(missing - left);

        string Repeat(int count) => string.Concat(Enumerable.Repeat(fill, count));
    }

    private static string ZeroFill(Interpreter interpreter, string text, int width)
    {
        var missing = Math.Max(0, width - CodePoints.Count(text));
        interpreter.Charge(missing);
        var sign = text is ['+' or '-', ..] ? text[..1] : "";
        return sign + new string('0', missing) + text[sign.Length..];
    }

    private static string ExpandTabs(Interpreter interpreter, string text, int size)
    {
        var result = new StringBuilder();
        var column = 0;
        foreach (var c in text)
        {
            if (c == '\t')
            {
                var blanks = size > 0 ? size - (column % size) : 0;
                interpreter.Charge(blanks);
                result.Append(' ', blanks);
                column += blanks;
            }
            else
            {
                result.Append(c);
                column = c is '\n' or '\r' ? 0 : column + 1;
            }
        }

        return result.ToString();
    }
}
