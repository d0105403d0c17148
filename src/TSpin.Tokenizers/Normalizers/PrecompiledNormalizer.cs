using System.Globalization;
using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>
/// A SentencePiece character map the way tokenizers applies it: to each grapheme of less than six bytes as a whole, else to each of its
/// characters; and the shortest prefix found replaces all of what was looked up. (SentencePiece itself takes the longest prefix.)
/// </summary>
internal sealed class PrecompiledNormalizer(CharacterMap map) : Normalizer
{
    private const int LongestGrapheme = 5;

    public override string Normalize(string text, ref bool keepsStart)
    {
        var result = new StringBuilder(text.Length);
        Span<byte> bytes = stackalloc byte[3 * (LongestGrapheme + 1)];
        for (var position = 0; position < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, position);
            var grapheme = text.AsSpan(position, length);
            position += length;
            if (length <= LongestGrapheme)
            {
                var count = Encoding.UTF8.GetBytes(grapheme, bytes);
                if (count <= LongestGrapheme && TryAppend(bytes[..count], result))
                {
                    continue;
                }
            }

            foreach (var rune in grapheme.EnumerateRunes())
            {
                if (!TryAppend(bytes[..rune.EncodeToUtf8(bytes)], result))
                {
                    CodePoints.Append(result, rune.Value);
                }
            }
        }

        return result.ToString();
    }

    private bool TryAppend(ReadOnlySpan<byte> key, StringBuilder result)
    {
        var offset = map.FindPrefix(key, longest: false, out _);
        if (offset < 0)
        {
            return false;
        }

        result.Append(map.TextAt(offset));
        return true;
    }
}
