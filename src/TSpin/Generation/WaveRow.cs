using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Tokenizers;

namespace TSpin.Generation;

/// <summary>One prompt of a wave and its answer so far.</summary>
internal sealed class WaveRow
{
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbs = [];
    private readonly RandomStream _random;
    private readonly HashSet<int> _endIds;
    private readonly HashSet<int> _stopIds;
    private readonly bool _watchesText;
    private readonly ulong _seed;

    /// <param name="prompt">The prompt.</param>
    /// <param name="seed">Of its random stream.</param>
    /// <param name="maxTokens">Longest answer, at least 1.</param>
    /// <param name="endIds">The model's end-of-sequence ids.</param>
    /// <param name="stopIds">Other ids that end an answer.</param>
    /// <param name="text">Follows the answer's text; null where there is none.</param>
    /// <param name="watchesText">False when nobody asks for the text before the end.</param>
    public WaveRow(PromptTokens prompt, ulong seed, int maxTokens, HashSet<int> endIds, HashSet<int> stopIds, AnswerText? text, bool watchesText)
    {
        Prompt = prompt;
        Text = text;
        _seed = seed;
        _random = new RandomStream(seed);
        MaxTokens = maxTokens;
        _endIds = endIds;
        _stopIds = stopIds;
        _watchesText = watchesText;
    }

    public PromptTokens Prompt { get; }

    public AnswerText? Text { get; }

    public FinishReason? Finished { get; private set; }

    /// <summary>Position of the newest token, which the next step feeds to the model.</summary>
    public long Position => Prompt.Ids.Length + _tokens.Count - 1;

    /// <summary>Prompt and answer so far.</summary>
    public int[] Tokens => [.. Prompt.Ids, .. _tokens];

    /// <summary>Tokens of the answer so far.</summary>
    public int Count => _tokens.Count;

    /// <summary>Longest answer, tokens.</summary>
    public int MaxTokens { get; }

    /// <summary>Tokens of the prompt and the longest answer.</summary>
    public long LongestSequence => Prompt.Ids.Length + (long)MaxTokens;

    public long NewestToken => _tokens[^1];

    public double NextUniform() => _random.NextDouble();

    public void Append(int token, float logProb)
    {
        _tokens.Add(token);
        _logProbs.Add(logProb);
        Finished = _endIds.Contains(token) ? FinishReason.Eos
            : _stopIds.Contains(token) || (_watchesText && Text!.Append(token)) ? FinishReason.Stop
            : _tokens.Count >= MaxTokens ? FinishReason.Length
            : null;
    }

    public Response ToResponse(Tokenizer? tokenizer, IReadOnlyList<string> stopTexts)
    {
        int[] tokens = [.. _tokens];
        var spoken = tokens.AsSpan(0, tokens.Length - (Finished == FinishReason.Eos || _stopIds.Contains(tokens[^1]) ? 1 : 0));
        return new Response(Prompt.Index, tokens, [.. _logProbs], Finished!.Value, _seed, tokenizer is null ? "" : AnswerText.Whole(tokenizer, spoken, stopTexts));
    }
}
