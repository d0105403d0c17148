using System.Globalization;
using System.Text.Json.Nodes;
using TSpin.Gguf;

namespace TSpin.Models.Gguf;

/// <summary>
/// The metadata of a GGUF file that describe its architecture: keys that begin with the architecture's name. It remembers what was asked
/// for, so that a key nobody asked for can be refused: it might change what the model computes.
/// </summary>
internal sealed class GgufKeys(GgufFile file, string architecture)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public GgufFile File => file;

    public bool HasTensor(string name) => file.Tensors.ContainsKey(name);

    public string? Text(string key) => file.Metadata.Text(Read(key));

    public bool? Flag(string key) => file.Metadata.Flag(Read(key));

    public long? Integer(string key) => file.Metadata.Integer(Read(key));

    /// <summary>A flag, or a number where the file has one, per block; null when the key is absent.</summary>
    public bool[]? Flags(string key, int count)
    {
        var full = Read(key);
        if (!file.Metadata.Has(full))
        {
            return null;
        }

        var flags = file.Metadata.Flags(full)!;
        return flags.Length == count ? flags : throw file.Metadata.Fault(full, $"has {flags.Length} values for {count} blocks. Download the file again.");
    }

    public bool IsList(string key) => file.Metadata.IsArray(Read(key));

    public long Required(string key) => Integer(key) ?? throw Missing(key);

    /// <summary>A number as config.json would say it. Converters write float32: its shortest decimal is what config.json said.</summary>
    public double? Decimal(string key) => file.Metadata.Number(Read(key)) is not { } number ? null
        : float.IsFinite((float)number) ? ShortestDecimal((float)number)
        : throw Fault(key, $"{number} is not a finite number. Download the file again.");

    public double RequiredDecimal(string key) => Decimal(key) ?? throw Missing(key);

    /// <summary>The numbers of a small tensor, as decimals like those of config.json; null when it is absent.</summary>
    public double[]? DecimalsOf(string tensor)
    {
        const int most = 4096;
        if (!file.Tensors.TryGetValue(tensor, out var found))
        {
            return null;
        }

        if (found.ElementCount > most || found.Type != GgufType.F32)
        {
            throw new TSpinException($"{file.Path}: tensor {tensor} is {found}, not a list of at most {most} F32 numbers. Download the file again.");
        }

        var values = new float[found.ElementCount];
        file.Read(found, 0, values);
        return [.. values.Select(value => float.IsFinite(value) && value > 0 ? ShortestDecimal(value)
            : throw new TSpinException($"{file.Path}: tensor {tensor} holds {value}, not a positive number. Download the file again."))];
    }

    /// <summary>Names keys that repeat what other keys or the tensors say, or that say nothing about the computation.</summary>
    public void Ignore(params string[] keys)
    {
        foreach (var key in keys)
        {
            Read(key);
        }
    }

    public TSpinException Missing(string key) => Fault(key, "is missing. Convert the model again, or use its Hugging Face folder.");

    public TSpinException Fault(string key, string problem) => file.Metadata.Fault($"{architecture}.{key}", problem);

    public void RefuseUnread()
    {
        foreach (var key in file.Metadata.Keys)
        {
            if (key.StartsWith(architecture + ".", StringComparison.Ordinal) && !_read.Contains(key))
            {
                throw file.Metadata.Fault(key, "is an option that TSpin does not know in a GGUF of this architecture, and it might change what the model computes. Use the model's Hugging Face folder.");
            }
        }
    }

    /// <summary>A number as a JSON value, null for none.</summary>
    public static JsonNode? Json(double? number) => number is { } value ? JsonValue.Create(value) : null;

    private static double ShortestDecimal(float number) => double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private string Read(string key)
    {
        var full = $"{architecture}.{key}";
        _read.Add(full);
        return full;
    }
}
