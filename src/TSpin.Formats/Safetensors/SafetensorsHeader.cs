using System.Text;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Safetensors;

/// <summary>
/// The JSON header of a safetensors file, read and checked completely: <c>{"name": {"dtype", "shape", "data_offsets"}, …,
/// "__metadata__": {string: string}}</c>. The tensors together must cover the data section exactly, without overlap or hole, as the
/// format demands; a file that breaks this is damaged or made to deceive, so nothing of it is used.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";

    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _dataBytes;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, long dataStart, long dataBytes)
    {
        _path = path;
        _dataStart = dataStart;
        _dataBytes = dataBytes;
    }

    /// <summary>By name, in the order of their bytes in the file.</summary>
    public Dictionary<string, TensorEntry> Tensors { get; private set; } = [];

    public Dictionary<string, string> Metadata => _metadata;

    /// <summary>Reads the header.</summary>
    /// <param name="json">Its bytes.</param>
    /// <param name="path">For messages.</param>
    /// <param name="dataStart">Where the data section starts in the file.</param>
    /// <param name="dataBytes">How many bytes of data the file really has.</param>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string path, long dataStart, long dataBytes)
    {
        var header = new SafetensorsHeader(path, dataStart, dataBytes);
        try
        {
            header.Read(json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            // Utf8JsonReader reports bytes that are not UTF-8 as InvalidOperationException.
            throw header.Damaged($"the header is not valid JSON ({error.Message})", error);
        }

        header.CheckCoverage();
        return header;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw Damaged("the header is not a JSON object");
        }

        var hasMetadata = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
            {
                if (hasMetadata)
                {
                    throw Damaged($"{MetadataKey} appears twice in the header");
                }

                hasMetadata = true;
                ReadMetadata(ref reader);
            }
            else if (!_tensors.TryAdd(name, ReadTensor(ref reader, name)))
            {
                throw Damaged($"tensor {Excerpt.Of(name)} appears twice in the header");
            }
        }

        // Anything but white space after the closing brace makes this last call throw.
        while (reader.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            // The safetensors library takes this for none.
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Damaged($"{MetadataKey} is not a JSON object of strings");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Damaged($"{MetadataKey} entry {Excerpt.Of(key)} is not a string");
            }

            if (!_metadata.TryAdd(key, reader.GetString()!))
            {
                throw Damaged($"{MetadataKey} entry {Excerpt.Of(key)} appears twice");
            }
        }
    }

    private TensorEntry ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw DamagedTensor(name, "its entry is not a JSON object");
        }

        string? typeName = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            switch (field)
            {
                case "dtype" when typeName is not null:
                case "shape" when shape is not null:
                case "data_offsets" when offsets is not null:
                    throw DamagedTensor(name, $"{field} appears twice");
                case "dtype":
                    typeName = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw DamagedTensor(name, "dtype is not a string");
                    break;
                case "shape":
                    shape = ReadIntegers(ref reader, name, field);
                    break;
                case "data_offsets":
                    offsets = ReadIntegers(ref reader, name, field);
                    break;
                default:
                    // The reference reader ignores fields it doesn't know, so a future version of the format may add some.
                    reader.Skip();
                    break;
            }
        }

        if (typeName is null || shape is null || offsets is null)
        {
            var missing = typeName is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw DamagedTensor(name, $"{missing} is missing");
        }

        if (!WeightTypeNames.TryParse(typeName, out var type))
        {
            throw new TSpinException(
                $"{_path}: tensor {Excerpt.Of(name)}: dtype {Excerpt.Of(typeName)} is unknown; known are {WeightTypeNames.Known}. Convert the checkpoint to one of these (bfloat16 is usual), for example with transformers' save_pretrained.");
        }

        return new TensorEntry(name, type, [.. shape], checked(_dataStart + CheckRange(name, type, shape, offsets)), offsets[1] - offsets[0]);
    }

    /// <summary>Checks the range by itself and against the shape; gives its start.</summary>
    private long CheckRange(string name, WeightType type, List<long> shape, List<long> offsets)
    {
        if (offsets.Count != 2 || offsets[0] > offsets[1])
        {
            throw DamagedTensor(name, $"data_offsets [{Shown(offsets)}] is not [start, end] with start <= end");
        }

        long bytes = type.ByteSize();
        try
        {
            // A zero anywhere makes the tensor empty, whatever the other sizes are.
            bytes = shape.Contains(0) ? 0 : shape.Aggregate(bytes, (product, size) => checked(product * size));
        }
        catch (OverflowException)
        {
            throw DamagedTensor(name, $"shape [{Shown(shape)}] is larger than any file");
        }

        if (bytes != offsets[1] - offsets[0])
        {
            throw DamagedTensor(
                name, $"{type.SafetensorsName()} of shape [{Shown(shape)}] takes {bytes} bytes, but data_offsets [{Shown(offsets)}] holds {offsets[1] - offsets[0]}");
        }

        return offsets[0] <= long.MaxValue - _dataStart ? offsets[0] : throw DamagedTensor(name, $"data_offsets [{Shown(offsets)}] is larger than any file");
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string name, string field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw DamagedTensor(name, $"{field} is not an array");
        }

        var values = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0)
            {
                throw DamagedTensor(name, $"{field} holds something that is not a non-negative 64-bit integer");
            }

            values.Add(value);
        }

        return values;
    }

    private void CheckCoverage()
    {
        var inFileOrder = _tensors.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteLength).ToArray();
        var covered = _dataStart;
        TensorEntry? previous = null;
        foreach (var entry in inFileOrder)
        {
            if (entry.Offset != covered)
            {
                var fault = entry.Offset < covered
                    ? $"overlaps {Excerpt.Of(previous!.Name)} by {covered - entry.Offset} bytes"
                    : $"leaves a hole of {entry.Offset - covered} bytes after {(previous is null ? "the header" : Excerpt.Of(previous.Name))}";
                throw DamagedTensor(entry.Name, $"data_offsets [{entry.Offset - _dataStart}, {entry.Offset - _dataStart + entry.ByteLength}] {fault}");
            }

            covered = entry.ByteLength <= long.MaxValue - covered ? covered + entry.ByteLength : throw DamagedTensor(entry.Name, "data_offsets is larger than any file");
            previous = entry;
        }

        var missing = covered - (_dataStart + _dataBytes);
        if (missing > 0)
        {
            throw new TSpinException(
                $"{_path}: truncated: {missing} bytes are missing (the header describes {covered} bytes, the file has {_dataStart + _dataBytes}). Download or copy it again.");
        }

        if (missing < 0)
        {
            throw Damaged($"{-missing} bytes follow the last tensor that the header doesn't describe");
        }

        Tensors = inFileOrder.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    private static string Shown(List<long> values) =>
        values.Count <= 8 ? string.Join(", ", values) : $"{string.Join(", ", values.Take(8))}, … ({values.Count} values)";

    private TSpinException DamagedTensor(string name, string what) => Damaged($"tensor {Excerpt.Of(name)}: {what}");

    private TSpinException Damaged(string what, Exception? inner = null) =>
        new($"{_path}: not a valid safetensors file: {what}. Download or copy it again.", inner);
}
