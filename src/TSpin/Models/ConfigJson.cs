using System.Text.Json;
using System.Text.Json.Nodes;

namespace TSpin.Models;

/// <summary>A <c>config.json</c> with typed reads whose errors name the file, the key and the value.</summary>
internal sealed class ConfigJson
{
    private readonly string _path;
    private readonly JsonElement _root;
    private readonly string _prefix;
    private readonly IReadOnlyDictionary<string, string> _names;

    private ConfigJson(string path, JsonElement root, string prefix, IReadOnlyDictionary<string, string>? names = null)
    {
        _path = path;
        _root = root;
        _prefix = prefix;
        _names = names ?? new Dictionary<string, string>();
    }

    /// <summary>True for a section without a key.</summary>
    public bool IsEmpty => !_root.EnumerateObject().Any();

    public static ConfigJson Read(string path)
    {
        const long largestSensible = 16 << 20;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > largestSensible } file)
            {
                throw new TSpinException($"{path}: {file.Length} bytes is no model configuration (more than {largestSensible}); check that the right file is there.");
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            Files.JsonTexts.Require(document.RootElement);
            return Of(path, document.RootElement.Clone());
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TSpinException($"{path}: no such file. A model is a Hugging Face folder with config.json, model.safetensors and tokenizer.json.", error);
        }
        catch (JsonException error) when (error.InnerException is InvalidOperationException)
        {
            throw new TSpinException($"{path}: holds text that is not valid Unicode. Download the checkpoint's config.json again.", error);
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}: not valid JSON (line {error.LineNumber + 1}): {error.Message} Download the checkpoint's config.json again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>A configuration that is not in a file of its own.</summary>
    public static ConfigJson Of(string source, JsonElement root) => root.ValueKind == JsonValueKind.Object
        ? new ConfigJson(source, root, "")
        : throw new TSpinException($"{source}: holds a JSON {root.ValueKind}, not an object; download the checkpoint's config.json again.");

    /// <summary>The same file with the names it has for the usual keys; errors show the file's.</summary>
    public ConfigJson Renamed(IReadOnlyDictionary<string, string> names) => new(_path, _root, _prefix, names);

    /// <summary>Is the key there, be it with null?</summary>
    public bool Mentions(string key) => Has(key) || IsNull(key);

    public bool Has(string key) => Find(key) is not null;

    public bool IsNull(string key) => _root.TryGetProperty(NameOf(key), out var value) && value.ValueKind == JsonValueKind.Null;

    public ConfigJson? Section(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new ConfigJson(_path, value, _prefix + key + ".")
        : throw Fault(key, value, "an object");

    /// <summary>A section that is a configuration of its own, seen with some keys of the file around it and a default where it lacks them; empty where it is absent.</summary>
    public ConfigJson SectionWithin(string key, IReadOnlyList<string> inherited, (string Key, string Value) otherwise)
    {
        var merged = new JsonObject();
        foreach (var property in _root.EnumerateObject().Where(property => inherited.Contains(property.Name)).Concat(Section(key)?._root.EnumerateObject() ?? []))
        {
            // Of a key that stands there twice the last one counts, as everywhere else.
            merged[property.Name] = JsonSerializer.SerializeToNode(property.Value);
        }

        merged.TryAdd(otherwise.Key, otherwise.Value);
        return new ConfigJson(_path, JsonSerializer.SerializeToElement(merged), _prefix + key + ".");
    }

    public string? Text(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Fault(key, value, "text");

    public bool Flag(string key, bool otherwise) => Find(key) is not { } value ? otherwise : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Fault(key, value, "true or false"),
    };

    public int Count(string key, int otherwise, bool allowZero = false) => OptionalCount(key, allowZero) ?? otherwise;

    public int? OptionalCount(string key, bool allowZero = false)
    {
        const int largestSensible = 1 << 28;
        var smallest = allowZero ? 0 : 1;
        return Find(key) is not { } value ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= smallest && count <= largestSensible ? count
            : throw Fault(key, value, $"a whole number from {smallest} to {largestSensible}");
    }

    /// <summary>For keys whose null is a value of its own: null where the file says null, the default where it says nothing.</summary>
    public int? CountOrNull(string key, int? otherwise) => IsNull(key) ? null : OptionalCount(key) ?? otherwise;

    public double Positive(string key, double otherwise) => OptionalPositive(key) ?? otherwise;

    /// <summary>See <see cref="CountOrNull"/>.</summary>
    public double? PositiveOrNull(string key, double? otherwise) => IsNull(key) ? null : OptionalPositive(key) ?? otherwise;

    public double? OptionalPositive(string key) => Find(key) is { } value ? Number(key, value) is var number and > 0 ? number : throw Fault(key, value, "a positive number") : null;

    public double? OptionalNumber(string key) => Find(key) is { } value ? Number(key, value) : null;

    public double[]? Positives(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => Number(key, item) is var number and > 0 ? number : throw Fault(key, item, "a positive number"))]
        : throw Fault(key, value, "a list of numbers");

    /// <summary>A list of true and false, or of 1 and 0.</summary>
    public bool[]? Flags(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => item.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when item.TryGetInt32(out var number) && number is 0 or 1 => item.GetInt32() == 1,
            _ => throw Fault(key, item, "0 or 1"),
        })]
        : throw Fault(key, value, "a list of 0 and 1");

    public int[] TokenIds(string key) => Find(key) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => TokenId(key, item))]
        : [TokenId(key, value)];

    public string[]? Texts(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw Fault(key, value, "a list of texts");

    public TSpinException Fault(string key, string problem) => new($"{_path}: {_prefix}{NameOf(key)}: {problem}");

    private double Number(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Fault(key, value, "a number");

    private int TokenId(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id >= 0 ? id : throw Fault(key, value, "a token id");

    // null counts as absent, as transformers treats it.
    private JsonElement? Find(string key) => _root.TryGetProperty(NameOf(key), out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string NameOf(string key) => _names.GetValueOrDefault(key, key);

    private TSpinException Fault(string key, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        return Fault(key, $"{(text.Length > 80 ? text[..80] + "..." : text)} is not {expected}. Correct it, or fetch the file again from where the model comes from.");
    }
}
