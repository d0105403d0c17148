namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>The response begins with the request, case aside.</summary>
internal sealed class RepeatPrompt(InstructionArguments given) : IInstruction
{
    private readonly string _request = PythonText.Lower(PythonString.Strip(given.Text("prompt_to_repeat")));

    public bool IsFollowed(string response) =>
        PythonText.Lower(PythonString.Strip(response)).StartsWith(_request, StringComparison.Ordinal);
}
