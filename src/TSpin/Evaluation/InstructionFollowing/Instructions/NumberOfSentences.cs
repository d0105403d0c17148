namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>There are many, or few, enough sentences.</summary>
internal sealed class NumberOfSentences(InstructionArguments given) : IInstruction
{
    private readonly Func<int, bool> _isEnough = given.Threshold("num_sentences", "relation");

    public bool IsFollowed(string response) => _isEnough(given.Tools.Sentences.Split(response).Count);
}
