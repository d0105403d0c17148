namespace TSpin.Files;

/// <summary>Words as a POSIX shell reads them back.</summary>
public static class ShellText
{
    /// <summary>A word, bare where no character of it means anything to a shell, else in single quotes.</summary>
    /// <param name="word">Any text.</param>
    /// <returns>What a command line has for it.</returns>
    public static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_=./:,@+%".Contains(c, StringComparison.Ordinal))
            ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
