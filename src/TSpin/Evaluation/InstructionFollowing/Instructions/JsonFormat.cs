namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>The whole response is JSON, as Python takes it, bare or between three backticks.</summary>
internal sealed class JsonFormat : IInstruction
{
    private static readonly string[] Openings = ["```json", "```Json", "```JSON", "```"];

    public bool IsFollowed(string response)
    {
        var text = PythonString.Strip(response);
        foreach (var opening in Openings)
        {
            text = text.StartsWith(opening, StringComparison.Ordinal) ? text[opening.Length..] : text;
        }

        return PythonJson.IsValid(PythonString.Strip(text.EndsWith("```", StringComparison.Ordinal) ? text[..^3] : text));
    }
}
