namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>There are two responses that differ, with six asterisks between them.</summary>
internal sealed class TwoResponses : IInstruction
{
    public bool IsFollowed(string response)
    {
        var parts = response.Split("******");
        return !parts.Skip(1).SkipLast(1).Any(PythonText.IsBlank)
            && parts.Where(part => !PythonText.IsBlank(part)).Select(PythonString.Strip).ToArray() is [var first,
                var second]
            && first != second;
    }
}
