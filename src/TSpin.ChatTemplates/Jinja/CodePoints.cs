namespace TSpin.ChatTemplates.Jinja;

/// <summary>Strings as Python counts them, by Unicode code points, where .NET counts UTF-16 units.</summary>
internal static class CodePoints
{
    public static int Count(string text)
    {
        var count = text.Length;
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && char.IsLowSurrogate(text[i + 1]))
            {
                count--;
                i++;
            }
        }

        return count;
    }

    /// <summary>The characters, each as a string; a lone surrogate counts as one.</summary>
    public static IEnumerable<string> Of(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var wide = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            yield return wide ? text.Substring(i, 2) : text[i].ToString();
            i += wide ? 1 : 0;
        }
    }

    /// <summary>Order of code points: UTF-16 order would put what lies beyond U+FFFF too early.</summary>
    public static int Compare(string a, string b)
    {
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            if (a[i] != b[i])
            {
                var (wideA, wideB) = (char.IsSurrogate(a[i]), char.IsSurrogate(b[i]));
                return wideA == wideB ? a[i].CompareTo(b[i]) : wideA ? 1 : -1;
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    /// <summary>An index by code points of a place that is counted in UTF-16 units.</summary>
    public static int IndexOf(string text, int utf16) => Count(text[..utf16]);
}
