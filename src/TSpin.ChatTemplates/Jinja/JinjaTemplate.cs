using System.Text.Json;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>
/// A Jinja2 template, as the chat templates of models are: parsed once, rendered as often as wanted. It behaves as Jinja2 3.1 does in transformers' hands:
/// an immutable sandbox with <c>trim_blocks</c>, <c>lstrip_blocks</c>, loop controls, generation blocks, <c>tojson</c> without HTML escapes, <c>raise_exception</c>
/// and <c>strftime_now</c>. It reads no files and knows no other templates, and the work it may do is bounded.
/// </summary>
public sealed class JinjaTemplate
{
    private readonly IReadOnlyList<Statement> _body;
    private readonly string _name;
    private readonly JinjaEnvironment _environment;

    private JinjaTemplate(IReadOnlyList<Statement> body, string name, JinjaEnvironment environment) =>
        (_body, _name, _environment) = (body, name, environment);

    /// <summary>Parses a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">Its name in messages, for example its file.</param>
    /// <param name="environment">How it is read. Default: as chat templates.</param>
    /// <returns>The template.</returns>
    /// <exception cref="JinjaException">The text is no template, or uses a tag, filter or test that is not known here; says line and column.</exception>
    public static JinjaTemplate Parse(string source, string name = "template",
        JinjaEnvironment environment = JinjaEnvironment.ChatTemplates)
    {
        try
        {
            return new JinjaTemplate(Parser.Parse(source, name, environment == JinjaEnvironment.Tasks), name,
                environment);
        }
        catch (InsufficientExecutionStackException)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"{name}: nested too deeply");
        }
    }

    /// <summary>Renders the template.</summary>
    /// <param name="context">The values it may use. JSON numbers without fraction or exponent are integers.</param>
    /// <param name="clock">What <c>strftime_now</c> reads, in its local time zone. Default: the system's.</param>
    /// <param name="limits">How much work it may do.</param>
    /// <param name="dialect">How values print. Default: as in Python.</param>
    /// <returns>The text and the spans of its generation blocks.</returns>
    /// <exception cref="JinjaException">The template refused its input, used what is not there, or went beyond a limit; says line and column.</exception>
    public JinjaOutput Render(IReadOnlyDictionary<string, JsonElement> context, TimeProvider? clock = null, JinjaLimits? limits = null, JinjaDialect dialect = JinjaDialect.Python) =>
        Render(context, clock, limits, dialect, []);

    // With functions of the host among the values; chat templates get none, tests give some.
    internal JinjaOutput Render(
        IReadOnlyDictionary<string, JsonElement> context, TimeProvider? clock, JinjaLimits? limits, JinjaDialect dialect, IEnumerable<KeyValuePair<string, object?>> further)
    {
        var scope = new Scope(null) { ["strftime_now"] = Globals.StrftimeNow(clock ?? TimeProvider.System) };
        foreach (var (name, value) in context)
        {
            scope[name] = FromJson(value);
        }

        foreach (var (name, value) in further)
        {
            scope[name] = value;
        }

        try
        {
            return new Interpreter(_name, limits
                ?? new JinjaLimits(), dialect, scope, isStrict: _environment == JinjaEnvironment.Tasks).Render(_body);
        }
        catch (InsufficientExecutionStackException)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"{_name}: calls are nested too deeply");
        }
    }

    private static object? FromJson(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return value.GetString();
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetBoolean();
            case JsonValueKind.Number:
                var digits = value.GetRawText();
                return digits.AsSpan().IndexOfAny(".eE") >= 0 ? value.GetDouble()
                    : value.TryGetInt64(out var whole) ? whole
                    : Integers.Parse(digits.AsSpan().TrimStart('-'), 10) is { } large ? Integers.Of(digits[0] == '-' ? -large : large)
                    : throw new JinjaException(JinjaErrorKind.Value, $"a whole number of {digits.Length} digits is more than a template can take");
            case JsonValueKind.Array:
                return value.EnumerateArray().Select(FromJson).ToList();
            case JsonValueKind.Object:
                var dict = new JinjaDict();
                foreach (var property in value.EnumerateObject())
                {
                    dict[property.Name] = FromJson(property.Value);
                }

                return dict;
            default:
                return null;
        }
    }
}
