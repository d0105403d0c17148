using System.Buffers.Binary;
using System.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's precompiled character map: a double-array trie (Darts-clone) from UTF-8 sequences to offsets into a block of
/// replacements that end in NUL. Little endian: trie size in bytes (uint32), trie, block.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <exception cref="FormatException">The sizes do not fit.</exception>
    public CharacterMap(ReadOnlySpan<byte> data)
    {
        if (data.Length < 4)
        {
            throw new FormatException("it is shorter than its own size field.");
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (size % 4 != 0 || size == 0 || size > data.Length - 4)
        {
            throw new FormatException($"its trie is said to have {size} bytes, of {data.Length - 4}.");
        }

        _units = new uint[size / 4];
        for (var i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 + (4 * i))..]);
        }

        _replacements = data[(4 + (int)size)..].ToArray();
    }

    /// <summary>Walks the trie along UTF-8 bytes.</summary>
    /// <param name="key">The text.</param>
    /// <param name="longest">The longest prefix that has a replacement, or the shortest.</param>
    /// <param name="length">The prefix's length in bytes.</param>
    /// <returns>The replacement's offset, or -1.</returns>
    public int FindPrefix(ReadOnlySpan<byte> key, bool longest, out int length)
    {
        length = 0;
        var found = -1;
        var position = OffsetOf(_units[0]);
        for (var i = 0; i < key.Length && key[i] != 0; i++)
        {
            position ^= key[i];
            if (position >= _units.Length || (_units[position] & 0x800000FF) != key[i])
            {
                break;
            }

            var unit = _units[position];
            position ^= OffsetOf(unit);
            if (((unit >> 8) & 1) != 0 && position < _units.Length)
            {
                found = (int)(_units[position] & 0x7FFFFFFF);
                length = i + 1;
                if (!longest)
                {
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>The replacement at an offset, up to its NUL.</summary>
    public ReadOnlySpan<byte> ReplacementAt(int offset)
    {
        if (offset >= _replacements.Length)
        {
            return [];
        }

        var rest = _replacements.AsSpan(offset);
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>The replacement as text.</summary>
    public string TextAt(int offset) => Encoding.UTF8.GetString(ReplacementAt(offset));

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1 << 9)) >> 6);
}
