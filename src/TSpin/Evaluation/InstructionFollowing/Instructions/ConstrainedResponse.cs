namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>One of three answers is there, word for word.</summary>
internal sealed class ConstrainedResponse : IInstruction
{
    private static readonly string[] Answers = ["My answer is yes.", "My answer is no.", "My answer is maybe."];

    public bool IsFollowed(string response) =>
        Answers.Any(answer => response.Contains(answer, StringComparison.Ordinal));
}
