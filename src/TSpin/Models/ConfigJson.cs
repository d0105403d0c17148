using System.Text.Json;

namespace TSpin.Models;

/// <summary>A <c>config.json</c> with typed reads whose errors name the file, the key and the value.</summary>
internal sealed class ConfigJson
{
    private readonly string _path;
    private readonly JsonElement _root;
    private readonly string _prefix;

    private ConfigJson(string path, JsonElement root, string prefix)
    {
        _path = path;
        _root = root;
        _prefix = prefix;
    }

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
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new TSpinException($"{path}: holds a JSON {document.RootElement.ValueKind}, not an object; download the checkpoint's config.json again.");
            }

            return new ConfigJson(path, document.RootElement.Clone(), "");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TSpinException($"{path}: no such file. A model is a Hugging Face folder with config.json, model.safetensors and tokenizer.json.", error);
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

    public bool Has(string key) => Find(key) is not null;

    public bool IsNull(string key) => _root.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Null;

    public ConfigJson? Section(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new ConfigJson(_path, value, _prefix + key + ".")
        : throw Fault(key, value, "an object");

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

    public double Positive(string key, double otherwise) => Find(key) is not { } value ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) && number > 0 ? number
        : throw Fault(key, value, "a positive number");

    public int[] TokenIds(string key) => Find(key) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => TokenId(key, item))]
        : [TokenId(key, value)];

    public string[]? Texts(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw Fault(key, value, "a list of texts");

    public TSpinException Fault(string key, string problem) => new($"{_path}: {_prefix}{key}: {problem}");

    private int TokenId(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id >= 0 ? id : throw Fault(key, value, "a token id");

    // null counts as absent, as transformers treats it.
    private JsonElement? Find(string key) => _root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private TSpinException Fault(string key, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        return Fault(key, $"{(text.Length > 80 ? text[..80] + "..." : text)} is not {expected}.");
    }
}
