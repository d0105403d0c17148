namespace TSpin.Data;

/// <summary>A record that cannot be used.</summary>
/// <param name="File">The file, as it was named to the reader.</param>
/// <param name="Line">The line where the record starts, from 1.</param>
/// <param name="Message">What is wrong, with the value, and the cure.</param>
public sealed record BadLine(string File, int Line, string Message)
{
    /// <summary>One line that editors and terminals can jump from.</summary>
    /// <returns><c>file:line: message</c>.</returns>
    public override string ToString() => $"{File}:{Line}: {Message}";
}
