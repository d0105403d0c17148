using System.Runtime.InteropServices;
using System.Text;

namespace TSpin.Tests.Gguf;

/// <summary>Writes GGUF files for tests, straight from the format's description (version 3, little endian).</summary>
internal sealed class GgufTestFile
{
    private const int Alignment = 32;

    private readonly List<(string Key, Action<BinaryWriter> Write)> _pairs = [];
    private readonly List<(string Name, uint Type, long[] Shape, byte[] Bytes)> _tensors = [];

    /// <summary>Adds a pair; the value's .NET type decides the file's.</summary>
    public GgufTestFile Set(string key, object value)
    {
        _pairs.Add((key, writer => Value(writer, value, typed: true)));
        return this;
    }

    /// <summary>Adds an F32 tensor.</summary>
    public GgufTestFile Tensor(string name, long[] shape, IEnumerable<float> values) =>
        Tensor(name, 0, shape, MemoryMarshal.AsBytes(values.ToArray().AsSpan()).ToArray());

    /// <summary>Adds a tensor of any type, sizes in row-major order.</summary>
    public GgufTestFile Tensor(string name, uint type, long[] shape, byte[] bytes)
    {
        _tensors.Add((name, type, shape, bytes));
        return this;
    }

    public string Save(string path)
    {
        File.WriteAllBytes(path, ToBytes());
        return path;
    }

    /// <summary>Writes each tensor's file as llama.cpp's gguf-split does: the metadata in the first, the tensors spread over all.</summary>
    public string SaveInParts(string stem, int count)
    {
        for (var number = 0; number < count; number++)
        {
            var part = new GgufTestFile();
            if (number == 0)
            {
                part._pairs.AddRange(_pairs);
            }

            part.Set("split.no", (ushort)number).Set("split.count", (ushort)count).Set("split.tensors.count", _tensors.Count);
            part._tensors.AddRange(_tensors.Where((_, i) => i % count == number));
            part.Save($"{stem}-{number + 1:D5}-of-{count:D5}.gguf");
        }

        return $"{stem}-00001-of-{count:D5}.gguf";
    }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((long)_tensors.Count);
        writer.Write((long)_pairs.Count);
        foreach (var (key, write) in _pairs)
        {
            Text(writer, key);
            write(writer);
        }

        long offset = 0;
        foreach (var (name, type, shape, bytes) in _tensors)
        {
            Text(writer, name);
            writer.Write((uint)shape.Length);
            foreach (var size in shape.Reverse())
            {
                writer.Write(size);
            }

            writer.Write(type);
            writer.Write(offset);
            offset += Padded(bytes.Length);
        }

        Pad(stream, writer);
        foreach (var (_, _, _, bytes) in _tensors)
        {
            writer.Write(bytes);
            Pad(stream, writer);
        }

        return stream.ToArray();
    }

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(MemoryStream stream, BinaryWriter writer) => writer.Write(new byte[Padded(stream.Length) - stream.Length]);

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }

    private static uint TypeOf(Type type) => type == typeof(byte) ? 0u : type == typeof(ushort) ? 2u : type == typeof(int) ? 5u : type == typeof(uint) ? 4u
        : type == typeof(float) ? 6u : type == typeof(bool) ? 7u : type == typeof(string) ? 8u : type == typeof(long) ? 11u : type == typeof(double) ? 12u
        : throw new ArgumentException($"{type} has no place in a GGUF");

    private static void Value(BinaryWriter writer, object value, bool typed)
    {
        if (value is Array array)
        {
            var item = array.GetType().GetElementType()!;
            writer.Write(9u);
            writer.Write(TypeOf(item));
            writer.Write((long)array.Length);
            foreach (var one in array)
            {
                Value(writer, one, typed: false);
            }

            return;
        }

        if (typed)
        {
            writer.Write(TypeOf(value.GetType()));
        }

        switch (value)
        {
            case byte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            default: Text(writer, (string)value); break;
        }
    }
}
