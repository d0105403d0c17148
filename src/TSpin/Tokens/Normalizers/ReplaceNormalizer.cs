using System.Text;
using TSpin.Tokens.Patterns;

namespace TSpin.Tokens.Normalizers;

/// <summary>Replaces every match of a pattern by a fixed text.</summary>
internal sealed class ReplaceNormalizer(Pattern pattern, string? literal, string replacement) : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart) => Replace(text);

    /// <summary>The text with all matches replaced.</summary>
    public string Replace(string text)
    {
        if (literal is { Length: > 0 })
        {
            return text.Replace(literal, replacement, StringComparison.Ordinal);
        }

        var matches = new List<(int Start, int End)>();
        pattern.FindAll(text, matches);
        if (matches.Count == 0)
        {
            return text;
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
