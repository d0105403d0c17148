using System.Text;
using TSpin.Tokenizers.Patterns;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>Replaces every match of a pattern by a fixed text.</summary>
internal sealed class ReplaceNormalizer(Pattern pattern, string? literal, string replacement) : Normalizer
{
    /// <summary>The text with all matches replaced.</summary>
    public string Replace(string text)
    {
        var keepsStart = true;
        return Normalize(text, ref keepsStart);
    }

    public override string Normalize(string text, ref bool keepsStart)
    {
        if (literal is { Length: 1 } && replacement.Length > 0)
        {
            return text.Replace(literal, replacement, StringComparison.Ordinal);
        }

        var matches = new List<(int Start, int End)>();
        pattern.FindAll(text, matches);
        if (matches.Count == 0)
        {
            return text;
        }

        // tokenizers places a replacement where the last character it replaces was.
        var (firstStart, firstEnd) = matches[0];
        if (firstStart == 0 && firstEnd > 0)
        {
            CodePoints.At(text, 0, out var units);
            keepsStart &= replacement.Length > 0 && firstEnd == units;
        }

        var result = new StringBuilder(text.Length);
        var position = 0;
        foreach (var (start, end) in matches)
        {
            result.Append(text, position, start - position).Append(replacement);
            position = end;
        }

        return result.Append(text, position, text.Length - position).ToString();
    }
}
