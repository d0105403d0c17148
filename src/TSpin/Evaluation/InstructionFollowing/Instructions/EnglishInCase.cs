namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// The whole response is English, and in capitals or without any. Where no language can be told, it counts as English.
/// </summary>
/// <param name="given">The arguments: none are used.</param>
/// <param name="isInCase">Whether all letters are of the case that is asked for.</param>
internal sealed class EnglishInCase(InstructionArguments given, Func<string, bool> isInCase) : IInstruction
{
    private const string English = "en";

    public bool IsFollowed(string response) => isInCase(response)
        && given.Tools.Language.Detect(response) is null or English;
}
