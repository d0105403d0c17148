using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>Every keyword is there, in any case. A keyword is a pattern, and may be part of a word.</summary>
internal sealed class KeywordsExist(InstructionArguments given) : IInstruction
{
    private readonly Regex[] _keywords = [.. given.Texts("keywords").Select(keyword =>
        PythonRegex.Create(PythonRegex.Translate(keyword, ignoreCase: true)))];

    public bool IsFollowed(string response) => _keywords.All(keyword => keyword.IsMatch(response));
}
