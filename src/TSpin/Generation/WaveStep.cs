namespace TSpin.Generation;

/// <summary>What one step of a wave did.</summary>
/// <param name="Tokens">Tokens made, one in each row.</param>
/// <param name="Answers">Answers that became whole.</param>
/// <param name="AnswerTokens">Tokens of those answers, all of them.</param>
public readonly record struct WaveStep(int Tokens, int Answers, int AnswerTokens)
{
    private readonly IReadOnlyList<int>? _running;
    private readonly IReadOnlyList<(int Tokens, bool IsCut)>? _whole;

    /// <summary>Tokens of prompts that the step read; 0 where it only went on with answers.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Prompts of the wave that wait for a place.</summary>
    public int Waiting { get; init; }

    /// <summary>Lengths so far of the answers that are under way after the step.</summary>
    public IReadOnlyList<int> Running
    {
        get => _running ?? [];
        init => _running = value;
    }

    /// <summary>Lengths of the answers that became whole, and whether the limit ended them.</summary>
    public IReadOnlyList<(int Tokens, bool IsCut)> Whole
    {
        get => _whole ?? [];
        init => _whole = value;
    }
}
