namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// A title stands between double angular brackets: on one line, from the first that open to the last that close.
/// </summary>
internal sealed class Title : IInstruction
{
    private const string Open = "<<";
    private const string Close = ">>";

    public bool IsFollowed(string response) => response.Split('\n').Any(line =>
        line.IndexOf(Open, StringComparison.Ordinal) is >= 0 and var start
            && line.LastIndexOf(Close, StringComparison.Ordinal) is var end && end > start + Open.Length
        && !PythonText.IsBlank(line[start..end].TrimStart('<').TrimEnd('>')));
}
