using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>A keyword is there often, or seldom, enough. Occurrences do not overlap.</summary>
internal sealed class KeywordFrequency(InstructionArguments given) : IInstruction
{
    private readonly Regex _keyword = PythonRegex.Create(
        PythonRegex.Translate(PythonString.Strip(given.Text("keyword")), ignoreCase: true));
    private readonly Func<int, bool> _isEnough = given.Threshold("frequency", "relation");

    public bool IsFollowed(string response) => _isEnough(_keyword.Count(response));
}
