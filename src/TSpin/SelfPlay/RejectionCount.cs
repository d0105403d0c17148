namespace TSpin.SelfPlay;

/// <summary>One line of rejection.jsonl: what became of the answers to one prompt.</summary>
/// <param name="Index">Number of the prompt among those that were answered.</param>
/// <param name="Place">Where it stands: <c>file:line</c>.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Drawn">Answers drawn.</param>
/// <param name="Cut">Those of them that were cut at the limit, which are never accepted.</param>
/// <param name="Accepted">Those that the check accepted.</param>
/// <param name="Kept">Draws, from 0, whose answers became annotated.</param>
public sealed record RejectionCount(int Index, string Place, string Prompt, int Drawn, int Cut, int Accepted, IReadOnlyList<int> Kept);
