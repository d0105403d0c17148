using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// There are enough highlighted places, <c>*so*</c> or <c>**so**</c>. The two are looked for apart, so that bold text
/// may count twice, as the official checker has it.
/// </summary>
internal sealed class NumberOfHighlights(InstructionArguments given) : IInstruction
{
    private static readonly Regex Single = PythonRegex.Create(@"\*[^\n*]*\*");
    private static readonly Regex Double = PythonRegex.Create(@"\*\*[^\n*]*\*\*");

    private readonly double _highlights = given.Count("num_highlights");

    public bool IsFollowed(string response) => Count(Single, response) + Count(Double, response) >= _highlights;

    private static int Count(Regex kind, string response) =>
        kind.Matches(response).Count(match => !PythonText.IsBlank(match.Value.Trim('*')));
}
