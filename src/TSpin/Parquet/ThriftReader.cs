namespace TSpin.Parquet;

/// <summary>
/// Reads Thrift's compact protocol (https://github.com/apache/thrift, doc/specs/thrift-compact-protocol.md), in which Parquet writes its
/// footer and page headers. No count or length is believed beyond the bytes that are there.
/// </summary>
/// <param name="data">The bytes, from the start of a struct.</param>
/// <param name="what">What they are, for messages.</param>
internal ref struct ThriftReader(ReadOnlySpan<byte> data, string what)
{
    private const int DeepestNesting = 48;
    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    /// <summary>Reads the head of a struct's next field.</summary>
    /// <param name="id">The number of the field before, 0 at first; receives this field's.</param>
    /// <returns>The field's type; <see cref="ThriftType.Stop"/> ends the struct.</returns>
    public ThriftType NextField(ref int id)
    {
        var head = Byte();
        var type = Known(head & 15);
        if (type != ThriftType.Stop)
        {
            id = head >> 4 is var step and not 0 ? id + step : (short)ZigZag();
        }

        return type;
    }

    /// <summary>Reads a field's whole number.</summary>
    /// <param name="type">The field's type.</param>
    /// <returns>The number.</returns>
    public long Int64(ThriftType type) => type switch
    {
        ThriftType.Int8 => (sbyte)Byte(),
        ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64 => ZigZag(),
        _ => throw Unexpected(type, "a whole number"),
    };

    /// <summary>Reads a field's whole number of 32 bits.</summary>
    /// <param name="type">The field's type.</param>
    /// <returns>The number.</returns>
    public int Int32(ThriftType type) =>
        Int64(type) is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw new ParquetFaultException($"{what} holds a number that is too large for its field");

    /// <summary>Reads a count or size that cannot be negative.</summary>
    /// <param name="type">The field's type.</param>
    /// <param name="name">The field, for the message.</param>
    /// <returns>The number.</returns>
    public int Size(ThriftType type, string name) =>
        Int32(type) is >= 0 and var value ? value : throw new ParquetFaultException($"{what} has a negative {name}");

    /// <summary>Reads a count or offset of 64 bits that cannot be negative.</summary>
    /// <param name="type">The field's type.</param>
    /// <param name="name">The field, for the message.</param>
    /// <returns>The number.</returns>
    public long LongSize(ThriftType type, string name) =>
        Int64(type) is >= 0 and var value ? value : throw new ParquetFaultException($"{what} has a negative {name}");

    /// <summary>A field's truth value, which its type states.</summary>
    /// <param name="type">The field's type.</param>
    /// <returns>The value.</returns>
    public readonly bool Flag(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Unexpected(type, "true or false"),
    };

    /// <summary>Reads a field's text.</summary>
    /// <param name="type">The field's type.</param>
    /// <returns>The text; bytes that are not UTF-8 are replaced.</returns>
    public string Text(ThriftType type) => type == ThriftType.Binary ? System.Text.Encoding.UTF8.GetString(Bytes(Length())) : throw Unexpected(type, "text");

    /// <summary>Reads the head of a list.</summary>
    /// <param name="type">The field's type.</param>
    /// <param name="element">What the elements must be.</param>
    /// <returns>How many elements follow; never more than there are bytes.</returns>
    public int List(ThriftType type, ThriftType element)
    {
        if (type != ThriftType.List)
        {
            throw Unexpected(type, "a list");
        }

        var (count, found) = ListHead();
        return count == 0 || found == element ? count : throw Unexpected(found, $"a list of {element}");
    }

    /// <summary>Refuses a field that is no struct.</summary>
    /// <param name="type">The field's type.</param>
    public readonly void Struct(ThriftType type)
    {
        if (type != ThriftType.Struct)
        {
            throw Unexpected(type, "a group of fields");
        }
    }

    /// <summary>Passes over a field that is not needed.</summary>
    /// <param name="type">The field's type.</param>
    public void Skip(ThriftType type) => Skip(type, 0);

    private void Skip(ThriftType type, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new ParquetFaultException($"{what} is nested more than {DeepestNesting} deep");
        }

        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Int8:
                Byte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                ZigZag();
                break;
            case ThriftType.Double:
                Bytes(8);
                break;
            case ThriftType.Binary:
                Bytes(Length());
                break;
            case ThriftType.List or ThriftType.Set:
                var (count, element) = ListHead();
                for (var i = 0; i < count; i++)
                {
                    SkipElement(element, depth);
                }

                break;
            case ThriftType.Map:
                var pairs = Length();
                var types = pairs == 0 ? 0 : Byte();
                for (var i = 0; i < pairs; i++)
                {
                    SkipElement(Known(types >> 4), depth);
                    SkipElement(Known(types & 15), depth);
                }

                break;
            case ThriftType.Struct:
                for (var id = 0; NextField(ref id) is var field and not ThriftType.Stop;)
                {
                    Skip(field, depth + 1);
                }

                break;
            default:
                throw Unexpected(type, "a value");
        }
    }

    // In a list a truth value takes a byte; as a field it is part of the field's head.
    private void SkipElement(ThriftType type, int depth)
    {
        if (type is ThriftType.True or ThriftType.False)
        {
            Byte();
        }
        else
        {
            Skip(type, depth + 1);
        }
    }

    private (int Count, ThriftType Element) ListHead()
    {
        var head = Byte();
        var count = head >> 4 is var few and not 15 ? few : Length();
        return count <= _data.Length - Position ? (count, Known(head & 15)) : throw new ShortDataException(what);
    }

    // A length of bytes or of elements, each of which takes a byte at least: never more than what is left.
    private int Length()
    {
        var length = Varint();
        return length <= (ulong)(_data.Length - Position) ? (int)length : throw new ShortDataException(what);
    }

    private long ZigZag() => Varint() is var bits ? (long)(bits >> 1) ^ -(long)(bits & 1) : 0;

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
            {
                return value;
            }
        }

        throw new ParquetFaultException($"{what} holds a number of more than 64 bits");
    }

    private byte Byte() => Position < _data.Length ? _data[Position++] : throw new ShortDataException(what);

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _data.Length - Position)
        {
            throw new ShortDataException(what);
        }

        var bytes = _data.Slice(Position, count);
        Position += count;
        return bytes;
    }

    private readonly ThriftType Known(int type) => type <= 12 ? (ThriftType)type : throw new ParquetFaultException($"{what} holds a value of the unknown Thrift type {type}");

    private readonly ParquetFaultException Unexpected(ThriftType type, string wanted) => new($"{what} has a field of type {type} where {wanted} belongs");
}
