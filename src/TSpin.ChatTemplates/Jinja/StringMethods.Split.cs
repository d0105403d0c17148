namespace TSpin.ChatTemplates.Jinja;

/// <summary>Cutting strings apart.</summary>
internal static partial class StringMethods
{
    private static List<object?> Split(string text, BoundArguments arguments, bool fromRight)
    {
        var most = arguments.Integer("maxsplit", -1);
        most = most < 0 ? int.MaxValue : most;
        if (arguments.OptionalText("sep") is { } separator)
        {
            if (separator.Length == 0)
            {
                throw new JinjaException(JinjaErrorKind.Value, "empty separator");
            }

            var parts = new List<object?>();
            if (!fromRight)
            {
                var start = 0;
                for (int at; parts.Count < most && (at = text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; start = at + separator.Length)
                {
                    parts.Add(text[start..at]);
                }

                parts.Add(text[start..]);
                return parts;
            }

            var end = text.Length;
            for (int at; parts.Count < most && end > 0 && (at = text.LastIndexOf(separator, end - 1, StringComparison.Ordinal)) >= 0 && at + separator.Length <= end; end = at)
            {
                parts.Add(text[(at + separator.Length)..end]);
            }

            parts.Add(text[..end]);
            parts.Reverse();
            return parts;
        }

        var words = new List<object?>();
        if (!fromRight)
        {
            var at = Skip(0);
            while (at < text.Length)
            {
                if (words.Count == most)
                {
                    words.Add(text[at..]);
                    break;
                }

                var start = at;
                while (at < text.Length && !IsSpace(text[at]))
                {
                    at++;
                }

                words.Add(text[start..at]);
                at = Skip(at);
            }

            return words;
        }

        for (var at = Strip(text, null, left: false).Length; at > 0; at = Strip(text[..at], null, left: false).Length)
        {
            if (words.Count == most)
            {
                words.Add(text[..at]);
                break;
            }

            var start = at;
            while (start > 0 && !IsSpace(text[start - 1]))
            {
                start--;
            }

            words.Add(text[start..at]);
            at = start;
            if (at == 0)
            {
                break;
            }
        }

        words.Reverse();
        return words;

        int Skip(int from)
        {
            while (from < text.Length && IsSpace(text[from]))
            {
                from++;
            }

            return from;
        }
    }
}
