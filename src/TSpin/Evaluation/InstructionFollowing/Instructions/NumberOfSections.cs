using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>There are enough sections: the word that begins one, and a number.</summary>
internal sealed class NumberOfSections(InstructionArguments given) : IInstruction
{
    private readonly Regex _start = PythonRegex.Create(
        $"{PythonRegex.Space}?{PythonRegex.Translate(PythonString.Strip(given.Text("section_spliter")), ignoreCase: false)}{PythonRegex.Space}?{PythonRegex.Digit}+{PythonRegex.Space}?");

    private readonly double _sections = given.Count("num_sections");

    public bool IsFollowed(string response) => _start.Count(response) >= _sections;
}
