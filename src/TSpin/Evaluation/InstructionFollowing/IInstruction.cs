namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>
/// One instruction of a prompt that can be checked without a model: "at least 300 words", "no commas".
/// </summary>
public interface IInstruction
{
    /// <summary>
    /// Whether a response follows it. An answer of white space alone is never asked about: it follows nothing.
    /// </summary>
    /// <param name="response">The response, as the model wrote it or as loose checking changed it.</param>
    /// <returns>True when it does.</returns>
    bool IsFollowed(string response);
}
