using System.Numerics;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>What may stand behind <c>is</c>: Jinja2's own tests.</summary>
internal static class TestTable
{
    private static readonly Dictionary<string, Func<Interpreter, object?, CallArguments, bool>> All = new(StringComparer.Ordinal)
    {
        ["defined"] = (_, value, _) => value is not Undefined,
        ["undefined"] = (_, value, _) => value is Undefined,
        ["none"] = (_, value, _) => value is null,
        ["boolean"] = (_, value, _) => value is bool,
        ["true"] = (_, value, _) => value is true,
        ["false"] = (_, value, _) => value is false,
        ["integer"] = (_, value, _) => value is long or BigInteger,
        ["float"] = (_, value, _) => value is double,
        ["number"] = (_, value, _) => Python.IsNumber(value),
        ["string"] = (_, value, _) => value is string or Markup,
        ["mapping"] = (_, value, _) => value is JinjaDict,
        ["sequence"] = (_, value, _) => value is string or Markup or IReadOnlyList<object?> or JinjaDict or Undefined,
        ["iterable"] = (_, value, _) => value is string or Markup or IReadOnlyList<object?> or JinjaDict or JinjaView or JinjaSequence or Undefined or LoopState,
        ["callable"] = (_, value, _) => value is JinjaCallable or Undefined or LoopState,
        ["sameas"] = (_, value, arguments) => arguments.Bind("sameas", 1, "other").Get("other") is var other
            && (ReferenceEquals(value, other) || (value is bool or long or null && Python.TypeName(value) == Python.TypeName(other) && Python.AreEqual(value, other))),
        ["escaped"] = (_, value, _) => value is Markup,
        ["odd"] = (interpreter, value, _) => Python.AreEqual(Operators.Binary(interpreter, "%", value, 2L), 1L),
        ["even"] = (interpreter, value, _) => Python.AreEqual(Operators.Binary(interpreter, "%", value, 2L), 0L),
        ["divisibleby"] = (interpreter, value, arguments) => Python.AreEqual(Operators.Binary(interpreter, "%", value, arguments.Bind("divisibleby", 1, "num").Get("num")), 0L),
        ["upper"] = (_, value, _) => Python.Text(value) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["lower"] = (_, value, _) => Python.Text(value) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["in"] = (interpreter, value, arguments) => Operators.Contains(interpreter, arguments.Bind("in", 1, "seq").Get("seq"), value),
        ["filter"] = (_, value, _) => Python.AsText(value) is { } name && FilterTable.IsKnown(name),
        ["test"] = (_, value, _) => Python.AsText(value) is { } name && IsKnown(name),
    };

    static TestTable()
    {
        foreach (var (sign, names) in new[]
        {
            ("==", new[] { "==", "eq", "equalto" }), ("!=", ["!=", "ne"]), (">", [">", "gt", "greaterthan"]), (">=", [">=", "ge"]), ("<", ["<", "lt", "lessthan"]), ("<=", ["<=", "le"]),
        })
        {
            foreach (var name in names)
            {
                All[name] = (interpreter, value, arguments) => Operators.Holds(interpreter, sign, value, arguments.Bind(name, 1, "other").Get("other"));
            }
        }
    }

    public static bool IsKnown(string name) => All.ContainsKey(name);

    public static Func<Interpreter, object?, CallArguments, bool> Find(string name) =>
        All.TryGetValue(name, out var test) ? test : throw new JinjaException(JinjaErrorKind.Type, $"no test named '{name}'");
}
