namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>The whole response stands between straight double quotation marks.</summary>
internal sealed class Quotation : IInstruction
{
    public bool IsFollowed(string response) => PythonString.Strip(response) is ['"', .., '"'];
}
