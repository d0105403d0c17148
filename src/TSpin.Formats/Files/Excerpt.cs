using System.Text;

namespace TSpin.Files;

/// <summary>Shows a value from a file inside an error message: quoted, on one line, never longer than a reader can take in.</summary>
internal static class Excerpt
{
    /// <summary>The value between quotes, control characters escaped, cut at <paramref name="maxCharacters"/>.</summary>
    public static string Of(string? text, int maxCharacters = 100)
    {
        if (text is null)
        {
            return "null";
        }

        var shown = new StringBuilder("\"");
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, maxCharacters)))
        {
            shown.Append(char.IsControl(character) ? $"\\u{(int)character:x4}" : character.ToString());
        }

        if (text.Length > maxCharacters)
        {
            shown.Append('…');
        }

        return shown.Append('"').ToString();
    }
}
