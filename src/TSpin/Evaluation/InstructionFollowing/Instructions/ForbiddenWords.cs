using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>None of the words is there as a word of its own, in any case.</summary>
internal sealed class ForbiddenWords(InstructionArguments given) : IInstruction
{
    private readonly Regex[] _words =
    [
        .. given.Texts("forbidden_words").Select(word =>
            PythonRegex.Create(PythonRegex.Boundary + PythonRegex.Translate(word,
            ignoreCase: true) + PythonRegex.Boundary)),
    ];

    public bool IsFollowed(string response) => !_words.Any(word => word.IsMatch(response));
}
