namespace TSpin.Evaluation.Mathematics;

/// <summary>White space as Python's strings see it.</summary>
internal static class PythonSpace
{
    /// <summary><c>str.strip()</c>: .NET's white space and the four separators of ASCII.</summary>
    public static string Strip(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    private static bool IsSpace(char character) => char.IsWhiteSpace(character)
        || character is >= '\u001c' and <= '\u001f';
}
