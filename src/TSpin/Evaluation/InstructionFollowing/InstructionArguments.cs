using System.Text.Json;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// The arguments of one instruction as the data has them (<c>kwargs</c>). Nulls, zeros and empty texts count as absent.
/// </summary>
/// <param name="values">By name.</param>
/// <param name="tools">What tells languages and sentences.</param>
public sealed class InstructionArguments(IReadOnlyDictionary<string, JsonElement> values, LinguisticTools tools)
{
    /// <summary>What tells languages and sentences.</summary>
    public LinguisticTools Tools => tools;

    /// <summary>A text.</summary>
    /// <param name="name">Of the argument.</param>
    /// <returns>It, not empty.</returns>
    /// <exception cref="TSpinException">It is absent or not a text.</exception>
    public string Text(string name) => Given(name, JsonValueKind.String, "a text").GetString()!;

    /// <summary>A list of texts.</summary>
    /// <param name="name">Of the argument.</param>
    /// <returns>They, at least one.</returns>
    /// <exception cref="TSpinException">It is absent or not a list of texts.</exception>
    public IReadOnlyList<string> Texts(string name) =>
    [
        .. Given(name, JsonValueKind.Array, "a list of texts").EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Fault(name, item, "a list of texts")),
    ];

    /// <summary>A count.</summary>
    /// <param name="name">Of the argument.</param>
    /// <returns>It, above zero.</returns>
    /// <exception cref="TSpinException">It is absent or not a number.</exception>
    public double Count(string name) =>
        Given(name, JsonValueKind.Number, "a number") is var given && given.GetDouble() is > 0 and var number ? number
            : throw Fault(name, given, "a number above zero");

    /// <summary>A count and how what is counted must lie to it: <c>less than</c> or <c>at least</c>.</summary>
    /// <param name="count">Name of the count.</param>
    /// <param name="relation">Name of the relation.</param>
    /// <returns>Whether a number holds.</returns>
    /// <exception cref="TSpinException">One of the two is absent or unknown.</exception>
    public Func<int, bool> Threshold(string count, string relation)
    {
        var threshold = Count(count);
        return Text(relation) switch
        {
            "less than" => number => number < threshold,
            "at least" => number => number >= threshold,
            _ => throw Fault(relation, values[relation], "'less than' or 'at least'"),
        };
    }

    private JsonElement Given(string name, JsonValueKind kind, string expected)
    {
        if (!values.TryGetValue(name, out var value) || IsAbsent(value))
        {
            throw new TSpinException($"argument '{name}' is absent (the official checker would draw one by chance). Write it into kwargs.");
        }

        return value.ValueKind == kind ? value : throw Fault(name, value, expected);
    }

    private static bool IsAbsent(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Number => value.GetDouble() == 0,
        _ => false,
    };

    private static TSpinException Fault(string name, JsonElement value, string expected) =>
        new($"argument '{name}' is {Files.Excerpt.Of(value.GetRawText())}; it must be {expected}. Correct it in kwargs.");
}
