using System.Text;

namespace TSpin.Tokenizers.Text;

/// <summary>
/// The printable stand-in that byte-level vocabularies use for each byte (OpenAI's GPT-2 encoder, <c>bytes_to_unicode</c>): visible
/// Latin-1 bytes stand for themselves, the other 68 for U+0100 onwards in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharOfByte = MakeChars();
    private static readonly short[] ByteOfChar = MakeBytes();

    /// <summary>The stand-in of a byte.</summary>
    public static char CharOf(byte value) => CharOfByte[value];

    /// <summary>The byte a character stands for, or -1.</summary>
    public static int ByteOf(char value) => value < ByteOfChar.Length ? ByteOfChar[value] : -1;

    /// <summary>The most stand-ins that one UTF-16 unit becomes.</summary>
    public const int MostPerUnit = 3;

    /// <summary>Writes the stand-ins of the text's UTF-8 bytes.</summary>
    /// <returns>How many there are.</returns>
    public static int Encode(ReadOnlySpan<char> text, Span<char> target)
    {
        var written = 0;
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (c < 0x80)
            {
                target[written++] = CharOfByte[c];
                i++;
            }
            else
            {
                written += EncodeRune(text[i..], target[written..], out var units);
                i += units;
            }
        }

        return written;
    }

    private static int EncodeRune(ReadOnlySpan<char> text, Span<char> target, out int units)
    {
        Rune.DecodeFromUtf16(text, out var rune, out units);
        Span<byte> bytes = stackalloc byte[4];
        var count = rune.EncodeToUtf8(bytes);
        for (var i = 0; i < count; i++)
        {
            target[i] = CharOfByte[bytes[i]];
        }

        return count;
    }

    /// <summary>
    /// Appends the bytes a token stands for; a token with any character outside of the alphabet stands for its own UTF-8 form.
    /// </summary>
    public static void AppendBytes(string token, List<byte> output)
    {
        var start = output.Count;
        foreach (var c in token)
        {
            var value = ByteOf(c);
            if (value < 0)
            {
                output.RemoveRange(start, output.Count - start);
                output.AddRange(Encoding.UTF8.GetBytes(token));
                return;
            }

            output.Add((byte)value);
        }
    }

    private static char[] MakeChars()
    {
        var chars = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            chars[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
        }

        return chars;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[CharOfByte.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var b = 0; b < 256; b++)
        {
            bytes[CharOfByte[b]] = (short)b;
        }

        return bytes;
    }
}
