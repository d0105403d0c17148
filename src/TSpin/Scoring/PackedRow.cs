using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>Lays prompts and their responses out in one row of tokens. A response that its prompt already has is not laid out again.</summary>
internal sealed class PackedRow
{
    private readonly List<(int[] Tokens, long Number)> _ofThisPrompt = [];
    private int _prompt;
    private int _promptLength;

    /// <summary>Token ids of the row.</summary>
    public List<long> Ids { get; } = [];

    /// <summary>Prompts and responses that have tokens.</summary>
    public List<PackedSegment> Segments { get; } = [];

    /// <summary>Where in the row the tokens stand that predict each response token: the prompt's last one, then the response's own.</summary>
    public List<long> Predicting { get; } = [];

    /// <summary>The response tokens.</summary>
    public List<long> Targets { get; } = [];

    /// <summary>The number of the response that each of them belongs to.</summary>
    public List<long> Owners { get; } = [];

    /// <summary>Distinct responses so far, the empty ones too.</summary>
    public int Responses { get; private set; }

    /// <summary>Where in <see cref="Targets"/> each response begins.</summary>
    public List<long> Starts { get; } = [];

    /// <summary>Where in the row the tokens stand that predict each prompt token but a prompt's first.</summary>
    public List<long> PredictingPrompts { get; } = [];

    /// <summary>The prompts' tokens from their second on.</summary>
    public List<long> PromptTargets { get; } = [];

    /// <summary>Prompt and response tokens, each response with its prompt.</summary>
    public long UsefulTokens { get; private set; }

    /// <summary>Lays out a prompt; the responses that follow are its own.</summary>
    /// <param name="prompt">At least one token.</param>
    public void BeginPrompt(int[] prompt)
    {
        _prompt = Segments.Count;
        _promptLength = prompt.Length;
        _ofThisPrompt.Clear();
        for (var i = 1; i < prompt.Length; i++)
        {
            PredictingPrompts.Add(Ids.Count + i - 1);
            PromptTargets.Add(prompt[i]);
        }

        Append(prompt, -1);
    }

    /// <summary>Lays out a response of the prompt, unless it has it already.</summary>
    /// <param name="response">Any number of tokens.</param>
    /// <returns>Its number.</returns>
    public long Add(int[] response)
    {
        foreach (var (tokens, known) in _ofThisPrompt)
        {
            if (tokens.AsSpan().SequenceEqual(response))
            {
                return known;
            }
        }

        var number = Responses++;
        Starts.Add(Targets.Count);
        _ofThisPrompt.Add((response, number));
        UsefulTokens += _promptLength + response.Length;
        var before = Segments[_prompt].Start + _promptLength - 1;
        var start = Ids.Count;
        for (var i = 0; i < response.Length; i++)
        {
            Predicting.Add(i == 0 ? before : start + i - 1);
            Targets.Add(response[i]);
            Owners.Add(number);
        }

        if (response.Length > 0)
        {
            Append(response, _prompt);
        }

        return number;
    }

    private void Append(int[] tokens, long prompt)
    {
        Segments.Add(new PackedSegment(Ids.Count, tokens.Length, prompt));
        foreach (var token in tokens)
        {
            Ids.Add(token);
        }
    }
}
