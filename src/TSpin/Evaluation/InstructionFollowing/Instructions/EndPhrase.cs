namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>The response ends in a phrase, case and closing quotation marks aside.</summary>
internal sealed class EndPhrase(InstructionArguments given) : IInstruction
{
    private readonly string _phrase = PythonText.Lower(PythonString.Strip(given.Text("end_phrase")));

    public bool IsFollowed(string response) =>
        PythonText.Lower(PythonString.Strip(response).Trim('"')).EndsWith(_phrase, StringComparison.Ordinal);
}
