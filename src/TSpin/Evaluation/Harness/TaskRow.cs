using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Evaluation.Harness;

/// <summary>One row of a dataset as tasks read it; every fault names file, row and field.</summary>
/// <param name="json">The row: an object.</param>
/// <param name="place">File and row, for messages.</param>
public sealed class TaskRow(JsonElement json, string place)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The row.</summary>
    public JsonElement Json { get; } = json;

    /// <summary>File and row.</summary>
    public string Place { get; } = place;

    /// <summary>Whether it has a field.</summary>
    /// <param name="field">Its name.</param>
    /// <returns>True also where it is null.</returns>
    public bool Has(string field) => Json.TryGetProperty(field, out _);

    /// <summary>A text.</summary>
    /// <param name="field">Its name.</param>
    /// <returns>The text; a number as its digits.</returns>
    /// <exception cref="TSpinException">There is none.</exception>
    public string Text(string field) => TextOrNull(field) ?? throw Fault(field, "is null, not a text");

    /// <summary>A text, or null where it is null.</summary>
    /// <param name="field">Its name.</param>
    /// <returns>The text.</returns>
    /// <exception cref="TSpinException">There is no such field, or it is no text.</exception>
    public string? TextOrNull(string field) => Value(field) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        { ValueKind: JsonValueKind.Null } => null,
        var other => throw Fault(field, $"is {Excerpt.Of(other.GetRawText())}, not a text"),
    };

    /// <summary>A whole number, written as a number or as text.</summary>
    /// <param name="field">Its name.</param>
    /// <returns>The number.</returns>
    /// <exception cref="TSpinException">There is none.</exception>
    public int Integer(string field) => int.TryParse(TextOrNull(field), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
        ? number : throw Fault(field, $"is {Excerpt.Of(Value(field).GetRawText())}, not a whole number");

    /// <summary>A list of texts; in a table of texts (CSV) also one written as Python or JSON writes it.</summary>
    /// <param name="field">Its name.</param>
    /// <returns>The texts.</returns>
    /// <exception cref="TSpinException">There is no such list.</exception>
    public IReadOnlyList<string> Texts(string field)
    {
        var value = Value(field);
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Number))
        {
            return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText())];
        }

        return value.ValueKind == JsonValueKind.String && PythonLiteral.List(value.GetString()!) is { } list ? list
            : throw Fault(field, $"is {Excerpt.Of(value.GetRawText())}, not a list of texts");
    }

    /// <summary>A field that is an object itself.</summary>
    /// <param name="field">Its name.</param>
    /// <returns>The object, with this row's place.</returns>
    /// <exception cref="TSpinException">There is none.</exception>
    public TaskRow Child(string field) => Value(field) is { ValueKind: JsonValueKind.Object } child ? new TaskRow(child, $"{Place}, {field}")
        : throw Fault(field, $"is {Excerpt.Of(Value(field).GetRawText())}, not an object");

    /// <summary>The row with fields added behind its own; a field that it has already takes the new value where it stands.</summary>
    /// <param name="fields">Names and values: texts, numbers, lists of texts.</param>
    /// <returns>A new row.</returns>
    public TaskRow With(params (string Name, object Value)[] fields)
    {
        var all = new OrderedDictionary<string, JsonElement>(Json.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, field.Value)));
        foreach (var (name, value) in fields)
        {
            all[name] = JsonSerializer.SerializeToElement(value, Plain);
        }

        return new TaskRow(JsonSerializer.SerializeToElement(all, Plain), Place);
    }

    /// <summary>Whether two rows hold the same, wherever they stand.</summary>
    /// <param name="other">Another row.</param>
    /// <returns>True where they do.</returns>
    public bool Equals(TaskRow other) => JsonElement.DeepEquals(Json, other.Json);

    /// <summary>A fault of the row.</summary>
    /// <param name="field">Where.</param>
    /// <param name="what">What is wrong, without its full stop.</param>
    /// <returns>To be thrown.</returns>
    public TSpinException Fault(string field, string what) => new($"{Place}: field \"{field}\" {what}. Correct the row, or fetch the dataset again.");

    private JsonElement Value(string field) => Json.TryGetProperty(field, out var value) ? value : throw new TSpinException(
        $"{Place}: the row has no field \"{field}\"; it has {string.Join(", ", Json.EnumerateObject().Select(known => known.Name).Take(12))}. Give the dataset in the columns of the Hub's.");
}
