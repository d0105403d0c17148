using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// A postscript's marker is there, anywhere. The two usual ones may have spaces between their letters; another is a
/// pattern.
/// </summary>
internal sealed class Postscript(InstructionArguments given) : IInstruction
{
    private readonly Regex _marker = PythonRegex.Create(PythonString.Strip(given.Text("postscript_marker")) switch
    {
        "P.P.S" => $@"p\.{PythonRegex.Space}?p\.{PythonRegex.Space}?s",
        "P.S." => $@"p\.{PythonRegex.Space}?s\.",
        var other => PythonRegex.Translate(PythonText.Lower(other), ignoreCase: false),
    });

    public bool IsFollowed(string response) => _marker.IsMatch(PythonText.Lower(response));
}
