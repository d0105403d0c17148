using System.Buffers.Binary;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads protobuf messages field by field (the wire format of protobuf.dev/programming-guides/encoding).</summary>
internal ref struct Protobuf
{
    private readonly string _file;
    private ReadOnlySpan<byte> _rest;

    public Protobuf(ReadOnlySpan<byte> message, string file)
    {
        _rest = message;
        _file = file;
    }

    /// <summary>The current field's number.</summary>
    public int Field { get; private set; }

    /// <summary>The value of a varint field (or the bits of a fixed one).</summary>
    public ulong Number { get; private set; }

    /// <summary>The content of a length-delimited field.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The value of a 32-bit field as a float.</summary>
    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end of the message.</returns>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = ReadVarint();
        Field = (int)(tag >> 3);
        Bytes = default;
        Number = 0;
        switch (tag & 7)
        {
            case 0:
                Number = ReadVarint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(ReadVarint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Damaged();
        }

        return true;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw Damaged();
        }

        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private readonly TSpinException Damaged() =>
        new($"{_file}: is not a SentencePiece model, or is cut short ({_rest.Length} bytes before its end). Download the file again.");
}
