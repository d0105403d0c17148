using System.Text;

namespace TSpin.Tests.Parquet;

/// <summary>Writes Thrift's compact protocol, as little of it as Parquet's footers and page headers need.</summary>
internal sealed class ThriftWriter
{
    private readonly List<byte> _bytes = [];
    private readonly Stack<int> _outer = new();
    private int _last;

    public byte[] ToArray() => [.. _bytes];

    public ThriftWriter Int(int id, long value, int type = 5)
    {
        Head(id, type);
        Varint((ulong)((value << 1) ^ (value >> 63)));
        return this;
    }

    public ThriftWriter Byte(int id, byte value)
    {
        Head(id, 3);
        _bytes.Add(value);
        return this;
    }

    public ThriftWriter Text(int id, string value)
    {
        Head(id, 8);
        var bytes = Encoding.UTF8.GetBytes(value);
        Varint((ulong)bytes.Length);
        _bytes.AddRange(bytes);
        return this;
    }

    public ThriftWriter Flag(int id, bool value)
    {
        Head(id, value ? 1 : 2);
        return this;
    }

    public ThriftWriter Struct(int id, Action<ThriftWriter> fields)
    {
        Head(id, 12);
        return Element(fields);
    }

    public ThriftWriter List(int id, int count, int type, Action<int> element)
    {
        Head(id, 9);
        if (count < 15)
        {
            _bytes.Add((byte)((count << 4) | type));
        }
        else
        {
            _bytes.Add((byte)(0xF0 | type));
            Varint((ulong)count);
        }

        for (var i = 0; i < count; i++)
        {
            element(i);
        }

        return this;
    }

    public ThriftWriter Element(Action<ThriftWriter> fields)
    {
        _outer.Push(_last);
        _last = 0;
        fields(this);
        _bytes.Add(0);
        _last = _outer.Pop();
        return this;
    }

    public void Number(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    private void Head(int id, int type)
    {
        if (id - _last is > 0 and <= 15 and var step)
        {
            _bytes.Add((byte)((step << 4) | type));
        }
        else
        {
            _bytes.Add((byte)type);
            Number(id);
        }

        _last = id;
    }

    private void Varint(ulong value)
    {
        for (; value >= 128; value >>= 7)
        {
            _bytes.Add((byte)(value | 128));
        }

        _bytes.Add((byte)value);
    }
}
