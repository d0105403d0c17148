using System.Text.Json;

namespace TSpin.Tokenizers.Sources;

/// <summary>A value in a JSON file that knows its file and path, so that every fault can be named.</summary>
internal readonly struct JsonField
{
    private readonly JsonElement _element;
    private readonly string _file;

    private JsonField(JsonElement element, string file, string path)
    {
        _element = element;
        _file = file;
        Path = path;
    }

    public string Path { get; }

    public JsonValueKind Kind => _element.ValueKind;

    /// <summary>File and field for messages.</summary>
    public string Place => $"{_file}: field {(Path.Length == 0 ? "(root)" : Path)}";

    /// <summary>A document that is not in a file of its own.</summary>
    public static JsonField Of(JsonElement root, string source) => new(root, source, "");

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="TSpinException">It is not there, cannot be read, or is not JSON.</exception>
    public static JsonField Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 64 });
            return new JsonField(document.RootElement.Clone(), file, "");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{file}: could not be read: {error.Message} Check the path and its permissions.", error);
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{file}: is not valid JSON (line {error.LineNumber + 1}): {error.Message} Download the file again.", error);
        }
    }

    /// <summary>A member, or null when it is missing or null.</summary>
    public JsonField? Optional(string name)
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Fault($"is {Described}, not an object");
        }

        return _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? new JsonField(value, _file, Path.Length == 0 ? name : $"{Path}.{name}")
            : null;
    }

    /// <summary>Whether a member is there, be it null.</summary>
    public bool Has(string name) => Kind == JsonValueKind.Object && _element.TryGetProperty(name, out _);

    /// <summary>A member that must be there.</summary>
    public JsonField Required(string name) => Optional(name) ?? throw Fault($"lacks \"{name}\"");

    public string Text()
    {
        if (Kind != JsonValueKind.String)
        {
            throw Fault($"is {Described}, not a text");
        }

        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Fault("holds half of a surrogate pair or broken UTF-8", error);
        }
    }

    public string? OptionalText(string name) => Optional(name)?.Text();

    public bool Flag(string name, bool otherwise)
    {
        if (Optional(name) is not { } field)
        {
            return otherwise;
        }

        return field.Kind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw field.Fault($"is {field.Described}, neither true nor false"),
        };
    }

    public int Integer() =>
        Kind == JsonValueKind.Number && _element.TryGetInt32(out var value) ? value : throw Fault($"is {Described}, not a whole number of 32 bits");

    public double Number() =>
        Kind == JsonValueKind.Number && _element.TryGetDouble(out var value) && double.IsFinite(value) ? value : throw Fault($"is {Described}, not a finite number");

    public int Length => Kind == JsonValueKind.Array ? _element.GetArrayLength() : throw Fault($"is {Described}, not a list");

    public IEnumerable<JsonField> Items()
    {
        if (Kind != JsonValueKind.Array)
        {
            throw Fault($"is {Described}, not a list");
        }

        var i = 0;
        foreach (var item in _element.EnumerateArray())
        {
            yield return new JsonField(item, _file, $"{Path}[{i++}]");
        }
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Fault($"is {Described}, not an object");
        }

        foreach (var member in _element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException error)
            {
                throw Fault("has a name with half of a surrogate pair or broken UTF-8", error);
            }

            // The path is composed only when a fault is reported: vocabularies have many members.
            yield return (name, new JsonField(member.Value, _file, Path));
        }
    }

    /// <summary>A fault at this field.</summary>
    public TSpinException Fault(string fault, Exception? inner = null) =>
        new($"{Place} {fault}. Use the tokenizer files that came with the model, or correct the field.", inner);

    /// <summary>An unknown choice at this field.</summary>
    public TSpinException Unknown(string what, string value, IEnumerable<string> known) =>
        Fault($"names the {what} \"{value}\", which TSpin does not know; it knows {string.Join(", ", known)}");

    private string Described
    {
        get
        {
            var text = _element.GetRawText();
            return text.Length <= 60 ? text : $"{text.AsSpan(0, 60)}…";
        }
    }
}
