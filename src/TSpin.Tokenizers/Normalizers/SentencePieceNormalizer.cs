using System.Runtime.InteropServices;
using System.Text;
using TSpin.Tokenizers.Models;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's own normalization: the character map by longest prefix (user-defined pieces stay as they are), then the treatment
/// of spaces.
/// </summary>
internal sealed class SentencePieceNormalizer(CharacterMap? map, SentencePieceSpaces spaces, PieceTrie userDefined, SpacePrefix prefix) : Normalizer
{
    private static readonly byte[] Metaspace = [0xE2, 0x96, 0x81];

    public override string Normalize(string text, ref bool keepsStart)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var position = 0;
        var units = 0;
        if (spaces.RemoveExtra)
        {
            while (position < bytes.Length && Prefix(bytes, position, text, units, out var taken, out var takenUnits) is [(byte)' '])
            {
                position += taken;
                units += takenUnits;
            }
        }

        if (position == bytes.Length)
        {
            return "";
        }

        var result = new List<byte>(bytes.Length + 8);
        ReadOnlySpan<byte> space = spaces.Escape ? Metaspace : " "u8;
        if (spaces.AddDummyPrefix && !spaces.AsSuffix && IsWanted(text.AsSpan(units), keepsStart))
        {
            result.AddRange(space);
        }

        var afterSpace = spaces.RemoveExtra;
        while (position < bytes.Length)
        {
            var piece = Prefix(bytes, position, text, units, out var taken, out var takenUnits);
            position += taken;
            units += takenUnits;
            if (afterSpace)
            {
                piece = piece.TrimStart((byte)' ');
            }

            if (!piece.IsEmpty)
            {
                foreach (var b in piece)
                {
                    if (b == ' ')
                    {
                        result.AddRange(space);
                    }
                    else
                    {
                        result.Add(b);
                    }
                }

                afterSpace = piece[^1] == ' ';
            }

            afterSpace &= spaces.RemoveExtra;
        }

        if (spaces.RemoveExtra)
        {
            while (CollectionsMarshal.AsSpan(result).EndsWith(space))
            {
                result.RemoveRange(result.Count - space.Length, space.Length);
            }
        }

        if (spaces.AddDummyPrefix && spaces.AsSuffix)
        {
            result.AddRange(space);
        }

        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(result));
    }

    private bool IsWanted(ReadOnlySpan<char> rest, bool atStart) => prefix switch
    {
        SpacePrefix.Library => true,
        SpacePrefix.Never => false,
        _ => (atStart || prefix == SpacePrefix.EveryPart) && rest is not [' ' or '\u2581', ..],
    };

    /// <summary>What the text at a position becomes, and how much of it that is.</summary>
    private ReadOnlySpan<byte> Prefix(byte[] bytes, int position, string text, int units, out int taken, out int takenUnits)
    {
        var matched = userDefined.LongestPrefix(text.AsSpan(units));
        if (matched > 0)
        {
            takenUnits = matched;
            taken = Encoding.UTF8.GetByteCount(text.AsSpan(units, matched));
            return bytes.AsSpan(position, taken);
        }

        if (map is not null && map.FindPrefix(bytes.AsSpan(position), longest: true, out taken) is >= 0 and var offset)
        {
            takenUnits = Encoding.UTF8.GetCharCount(bytes.AsSpan(position, taken));
            return map.ReplacementAt(offset);
        }

        taken = bytes[position] switch
        {
            < 0x80 => 1,
            < 0xE0 => 2,
            < 0xF0 => 3,
            _ => 4,
        };
        takenUnits = taken == 4 ? 2 : 1;
        return bytes.AsSpan(position, taken);
    }
}
