namespace TSpin.ChatTemplates.Jinja;

/// <summary>The functions every template knows.</summary>
internal static class Globals
{
    private const int LongestRange = 100_000; // as Jinja2's sandbox

    private static readonly Dictionary<string, JinjaCallable> All = new Func<CallArguments, object?>[] { Range, Dict, Namespace, Cycler, Joiner, Raise }
        .Zip(["range", "dict", "namespace", "cycler", "joiner", "raise_exception"], (call, name) => new JinjaCallable(name, call))
        .ToDictionary(callable => callable.Name, StringComparer.Ordinal);

    public static JinjaCallable? Find(string name) => All.GetValueOrDefault(name);

    /// <summary><c>strftime_now(format)</c>, by a clock.</summary>
    public static JinjaCallable StrftimeNow(TimeProvider clock) => new(
        "strftime_now", arguments => Strftime.Format(clock.GetLocalNow().DateTime, arguments.Bind("strftime_now", 1, "format").Text("format", "")));

    private static object Range(CallArguments arguments)
    {
        var numbers = arguments.Positional.Select(value => Python.AsIndex(value)
            ?? throw (value is Undefined undefined ? undefined.Fault() : new JinjaException(JinjaErrorKind.Type, $"'{Python.TypeName(value)}' object cannot be interpreted as an integer"))).ToArray();
        var (start, stop, step) = numbers.Length switch
        {
            1 => (0L, numbers[0], 1L),
            2 => (numbers[0], numbers[1], 1L),
            3 => (numbers[0], numbers[1], numbers[2]),
            _ => throw new JinjaException(JinjaErrorKind.Type, $"range expected 1 to 3 arguments, got {numbers.Length}"),
        };
        if (step == 0)
        {
            throw new JinjaException(JinjaErrorKind.Value, "range() arg 3 must not be zero");
        }

        var count = step > 0 ? Math.Ceiling(((double)stop - start) / step) : Math.Ceiling(((double)start - stop) / -(double)step);
        if (count > LongestRange)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"Range too big. The sandbox blocks ranges larger than {LongestRange}.");
        }

        return new JinjaRange(start, stop, step, (int)Math.Max(0, count));
    }

    private static object Dict(CallArguments arguments)
    {
        var dict = new JinjaDict();
        if (arguments.Positional.Count > 0)
        {
            if (arguments.Positional[0] is not JinjaDict from)
            {
                throw new JinjaException(JinjaErrorKind.Type, $"cannot make a dict of '{Python.TypeName(arguments.Positional[0])}'");
            }

            foreach (var (key, value) in from.Items)
            {
                dict[key] = value;
            }
        }

        foreach (var (name, value) in arguments.Named)
        {
            dict[name] = value;
        }

        return dict;
    }

    private static object Namespace(CallArguments arguments)
    {
        var made = new JinjaNamespace();
        if (arguments.Positional is [JinjaDict from, ..])
        {
            foreach (var (key, value) in from.Items)
            {
                made.Members[Python.Text(key)] = value;
            }
        }

        foreach (var (name, value) in arguments.Named)
        {
            made.Members[name] = value;
        }

        return made;
    }

    private static object Cycler(CallArguments arguments)
    {
        if (arguments.Positional.Count == 0)
        {
            throw new JinjaException(JinjaErrorKind.Type, "at least one item has to be provided");
        }

        var at = 0;
        return new JinjaObject("Cycler", name => name switch
        {
            "current" => arguments.Positional[at],
            "next" => new JinjaCallable(name, _ =>
            {
                var item = arguments.Positional[at];
                at = (at + 1) % arguments.Positional.Count;
                return item;
            }),
            "reset" => new JinjaCallable(name, _ => at = 0),
            _ => null,
        });
    }

    private static object Joiner(CallArguments arguments)
    {
        var separator = arguments.Bind("joiner", 0, "sep").Get("sep", ", ");
        var isUsed = false;
        return new JinjaCallable("joiner", _ =>
        {
            var result = isUsed ? separator : "";
            isUsed = true;
            return result;
        });
    }

    private static object? Raise(CallArguments arguments) =>
        throw new JinjaException(JinjaErrorKind.Template, Python.Text(arguments.Bind("raise_exception", 1, "message").Get("message")));
}
