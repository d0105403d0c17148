namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>Which of a prompt's instructions a response follows, in the prompt's order.</summary>
/// <param name="Strict">As the response stands.</param>
/// <param name="Loose">As it stands or with its first line, its last, both, or its asterisks taken away.</param>
public sealed record InstructionVerdicts(IReadOnlyList<bool> Strict, IReadOnlyList<bool> Loose)
{
    /// <summary>Whether all are followed strictly.</summary>
    public bool AllStrict => Strict.All(followed => followed);

    /// <summary>Whether all are followed loosely.</summary>
    public bool AllLoose => Loose.All(followed => followed);
}
