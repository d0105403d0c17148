namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>There is no comma.</summary>
internal sealed class NoComma : IInstruction
{
    public bool IsFollowed(string response) => !response.Contains(',', StringComparison.Ordinal);
}
