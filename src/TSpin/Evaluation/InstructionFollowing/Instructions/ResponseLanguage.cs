namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>The whole response is in a language. Where no language can be told, it counts as followed.</summary>
internal sealed class ResponseLanguage(InstructionArguments given) : IInstruction
{
    private readonly string _language = given.Text("language");

    public bool IsFollowed(string response) => given.Tools.Language.Detect(response) is not { } found
        || found == _language;
}
