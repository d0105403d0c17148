using TSpin.Files;

namespace TSpin.Gguf;

/// <summary>
/// The key-value pairs of a GGUF file. On opening they are only walked through and checked; a value is made when it is asked for, so it
/// must be asked for while the file is open. Reads of a key that is absent give null; of one with another type, a fault.
/// </summary>
public sealed class GgufMetadata
{
    private const int MostKeyBytes = 65535;
    private const int DeepestArray = 4;

    private readonly Dictionary<string, (GgufValueType Type, long Position)> _values = new(StringComparer.Ordinal);
    private readonly Func<GgufCursor> _open;
    private readonly string _path;

    internal GgufMetadata(GgufCursor cursor, long count, string path, Func<GgufCursor> open)
    {
        _path = path;
        _open = open;
        for (long i = 0; i < count; i++)
        {
            var key = cursor.Text("a metadata key", MostKeyBytes);
            var type = Type(cursor, key);
            if (key.Length == 0 || !_values.TryAdd(key, (type, cursor.Position)))
            {
                throw cursor.Damaged(key.Length == 0 ? "a metadata key is empty" : $"metadata key {Excerpt.Of(key)} appears twice");
            }

            Walk(cursor, type, key, 0);
        }
    }

    /// <summary>The keys in the file's order.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>Whether a key is there.</summary>
    /// <param name="key">For example <c>general.architecture</c>.</param>
    /// <returns>True when it is.</returns>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>Whether a key is there with an array as its value.</summary>
    /// <param name="key">The key.</param>
    /// <returns>True when it is.</returns>
    public bool IsArray(string key) => _values.TryGetValue(key, out var value) && value.Type == GgufValueType.Array;

    /// <summary>A text.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The text, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no text, or not UTF-8.</exception>
    public string? Text(string key) => Find(key, out var type, out var cursor) is false ? null
        : type == GgufValueType.Text ? cursor.Text(key)
        : throw Fault(key, $"is {type}, not a text");

    /// <summary>A whole number of any width.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The number, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no whole number, or above 2^63 - 1.</exception>
    public long? Integer(string key) => Find(key, out var type, out var cursor) ? Integer(cursor, type, key) : null;

    /// <summary>The id of a token. Converters write 4294967295, or -1, for a token that the model does not have.</summary>
    /// <param name="key">For example <c>tokenizer.ggml.padding_token_id</c>.</param>
    /// <returns>The id, or null when the key is absent or says that there is no such token.</returns>
    /// <exception cref="TSpinException">The value is no whole number.</exception>
    public long? TokenId(string key) => Integer(key) is { } id and not (uint.MaxValue or -1) ? id : null;

    /// <summary>A number of any type.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The number, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no number.</exception>
    public double? Number(string key) => Find(key, out var type, out var cursor) ? Number(cursor, type, key) : null;

    /// <summary>A yes or no.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The value, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no flag.</exception>
    public bool? Flag(string key) => Find(key, out var type, out var cursor) is false ? null
        : type == GgufValueType.Bool ? cursor.Read<byte>(key) != 0
        : throw Fault(key, $"is {type}, not a flag");

    /// <summary>A list of texts.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The texts, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no array of texts, or one is not UTF-8.</exception>
    public string[]? Texts(string key) => Items(key, (cursor, type) =>
        type == GgufValueType.Text ? cursor.Text(key) : throw Fault(key, $"holds {type} values, not texts"));

    /// <summary>A list of whole numbers.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The numbers, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no array of whole numbers.</exception>
    public long[]? Integers(string key) => Items(key, (cursor, type) => Integer(cursor, type, key));

    /// <summary>A list of numbers.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The numbers, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no array of numbers.</exception>
    public double[]? Numbers(string key) => Items(key, (cursor, type) => Number(cursor, type, key));

    /// <summary>A list of yes and no.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The flags, or null when the key is absent.</returns>
    /// <exception cref="TSpinException">The value is no array of flags.</exception>
    public bool[]? Flags(string key) => Items(key, (cursor, type) =>
        type == GgufValueType.Bool ? cursor.Read<byte>(key) != 0 : throw Fault(key, $"holds {type} values, not flags"));

    /// <summary>A fault of one entry, with the file's name.</summary>
    /// <param name="key">The key.</param>
    /// <param name="problem">What is wrong with its value, and the cure.</param>
    /// <returns>To be thrown.</returns>
    public TSpinException Fault(string key, string problem) => new($"{_path}: metadata {key}: {problem}{(problem.EndsWith('.') ? "" : ".")} Download or convert the file again.");

    private static GgufValueType Type(GgufCursor cursor, string key)
    {
        var number = cursor.UInt32($"the type of {Excerpt.Of(key)}");
        return number <= (uint)GgufValueType.Float64
            ? (GgufValueType)number
            : throw cursor.Damaged($"the type of {Excerpt.Of(key)} is {number}, which the format does not have");
    }

    // Sizes in the file; a text and an array have at least these many bytes.
    private static int LeastBytes(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => 12,
        _ => 8,
    };

    private static void Walk(GgufCursor cursor, GgufValueType type, string key, int depth)
    {
        switch (type)
        {
            case GgufValueType.Text:
                cursor.Bytes($"a text of {Excerpt.Of(key)}");
                break;
            case GgufValueType.Array:
                if (depth == DeepestArray)
                {
                    throw cursor.Damaged($"{Excerpt.Of(key)} has arrays nested more than {DeepestArray} deep");
                }

                var item = Type(cursor, key);
                var count = cursor.Count(LeastBytes(item), $"the number of values of {Excerpt.Of(key)}");
                if (item is GgufValueType.Text or GgufValueType.Array)
                {
                    for (long i = 0; i < count; i++)
                    {
                        Walk(cursor, item, key, depth + 1);
                    }
                }
                else
                {
                    cursor.Skip(count * LeastBytes(item), key);
                }

                break;
            default:
                cursor.Skip(LeastBytes(type), $"the value of {Excerpt.Of(key)}");
                break;
        }
    }

    private bool Find(string key, out GgufValueType type, out GgufCursor cursor)
    {
        cursor = _open();
        var found = _values.TryGetValue(key, out var value);
        (type, cursor.Position) = value;
        return found;
    }

    private T[]? Items<T>(string key, Func<GgufCursor, GgufValueType, T> read)
    {
        if (!Find(key, out var type, out var cursor))
        {
            return null;
        }

        if (type != GgufValueType.Array)
        {
            throw Fault(key, $"is {type}, not a list");
        }

        var item = Type(cursor, key);
        var count = cursor.Count(LeastBytes(item), key);
        var items = new T[count];
        for (long i = 0; i < count; i++)
        {
            items[i] = read(cursor, item);
        }

        return items;
    }

    private long Integer(GgufCursor cursor, GgufValueType type, string key) => type switch
    {
        GgufValueType.UInt8 => cursor.Read<byte>(key),
        GgufValueType.Int8 => cursor.Read<sbyte>(key),
        GgufValueType.UInt16 => cursor.Read<ushort>(key),
        GgufValueType.Int16 => cursor.Read<short>(key),
        GgufValueType.UInt32 => cursor.Read<uint>(key),
        GgufValueType.Int32 => cursor.Read<int>(key),
        GgufValueType.Int64 => cursor.Read<long>(key),
        GgufValueType.UInt64 => cursor.Read<ulong>(key) is <= long.MaxValue and var number ? (long)number : throw Fault(key, "is above 2^63 - 1."),
        _ => throw Fault(key, $"is {type}, not a whole number."),
    };

    private double Number(GgufCursor cursor, GgufValueType type, string key) => type switch
    {
        GgufValueType.Float32 => cursor.Read<float>(key),
        GgufValueType.Float64 => cursor.Read<double>(key),
        _ => Integer(cursor, type, key),
    };
}
