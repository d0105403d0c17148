using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// There are so many paragraphs, with three asterisks between two. Nothing before the first or behind the last
/// asterisks is no paragraph; nothing between two is a fault.
/// </summary>
internal sealed class NumberOfParagraphs(InstructionArguments given) : IInstruction
{
    private static readonly Regex Divider = PythonRegex.Create($@"{PythonRegex.Space}?\*\*\*{PythonRegex.Space}?");

    private readonly double _paragraphs = given.Count("num_paragraphs");

    public bool IsFollowed(string response)
    {
        var paragraphs = Divider.Split(response);
        var inside = paragraphs.Length > 2 ? paragraphs[1..^1] : [];
        return !inside.Any(PythonText.IsBlank)
            && inside.Length + new[] { paragraphs[0], paragraphs[^1] }.Take(paragraphs.Length).Count(paragraph =>
                !PythonText.IsBlank(paragraph)) == _paragraphs;
    }
}
