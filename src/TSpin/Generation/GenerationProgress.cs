namespace TSpin.Generation;

/// <summary>How far a stage of answering has come.</summary>
/// <param name="Done">Prompts whose answers are whole; a file of answers receives those of a wave together.</param>
/// <param name="Total">All prompts.</param>
/// <param name="Tokens">Tokens made since the stage was started or resumed.</param>
/// <param name="TokensPerSecond">Their rate; 0 before the first.</param>
/// <param name="SecondsLeft">An estimate from that rate and the mean length of the answers so far; null while there is none.</param>
public sealed record GenerationProgress(int Done, int Total, long Tokens, double TokensPerSecond, double? SecondsLeft);
