namespace TSpin.Generation;

/// <summary>How far a stage of answering, or of scoring given answers, has come.</summary>
/// <param name="Done">Prompts whose answers are whole; a file of answers receives those of a wave together.</param>
/// <param name="Total">All prompts.</param>
/// <param name="Tokens">Tokens made since the stage was started or resumed.</param>
/// <param name="TokensPerSecond">Their rate; 0 before the first.</param>
/// <param name="SecondsLeft">An estimate from what steps cost and how long answers get, those under way counted for what they are so far; null while no answer has ended.</param>
public sealed record GenerationProgress(int Done, int Total, long Tokens, double TokensPerSecond, double? SecondsLeft)
{
    /// <summary>What <see cref="Done"/> counts, in the plural. Default <c>answers</c>.</summary>
    public string Counted { get; init; } = "answers";

    /// <summary>Whether given answers are scored, so that <see cref="Tokens"/> were read and not made. Default false.</summary>
    public bool IsScoring { get; init; }
}
