namespace TSpin.Prompts;

/// <summary>
/// Makes triplets from token ids: truncates the prompt once for all three responses, appends EOS to the annotated response, and cuts
/// responses that do not fit. Nothing is dropped.
/// </summary>
/// <param name="settings">Limits and the side of truncation.</param>
/// <param name="eosId">Appended to every annotated response that does not end in it; null for models without one.</param>
/// <param name="bosId">Kept where a prompt that begins with it is cut at the left; null for models without one. Default: null.</param>
public sealed class TripletBuilder(PromptSettings settings, int? eosId, int? bosId = null)
{
    private readonly List<Triplet> _triplets = [];
    private int _promptsTruncated;
    private int _responsesTruncated;
    private int _syntheticIsAnnotated;
    private int _syntheticIsProto;

    /// <summary>Cuts a prompt to the recipe's limit. Generation uses the same ids as training.</summary>
    /// <param name="prompt">All ids of the rendered prompt.</param>
    /// <param name="settings">Limit and side.</param>
    /// <param name="bosId">The begin-of-sequence id, which stays where it stands; null for models without one.</param>
    /// <returns>At most <see cref="PromptSettings.MaxPromptTokens"/> ids.</returns>
    public static int[] Truncate(int[] prompt, PromptSettings settings, int? bosId = null) =>
        prompt.Length <= settings.MaxPromptTokens ? prompt
        : settings.Truncate == TruncationSide.Right ? prompt[..settings.MaxPromptTokens]
        : prompt[0] == bosId ? [prompt[0], .. prompt[^(settings.MaxPromptTokens - 1)..]]
        : prompt[^settings.MaxPromptTokens..];

    /// <summary>Cuts prompts to the recipe's limit.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="settings">Limit and side.</param>
    /// <param name="bosId">The begin-of-sequence id; null for models without one.</param>
    /// <returns>The prompts, each as <see cref="Truncate(int[], PromptSettings, int?)"/> leaves it.</returns>
    internal static PromptTokens[] Truncate(IEnumerable<PromptTokens> prompts, PromptSettings settings, int? bosId) =>
        [.. prompts.Select(prompt => prompt with { Ids = Truncate(prompt.Ids, settings, bosId) })];

    /// <summary>Adds one triplet.</summary>
    /// <param name="index">Index of the annotated example.</param>
    /// <param name="prompt">All ids of the rendered prompt, with BOS if the model has one.</param>
    /// <param name="annotated">Ids of the annotated response, without EOS.</param>
    /// <param name="synthetic">y' as generated (EOS included only if the generator stopped on it), or null.</param>
    /// <param name="protoSynthetic">y0 as generated, or null.</param>
    /// <param name="earlier">y' of the iteration before, as generated, or null.</param>
    /// <param name="rejected">Ids of the data's worse response, without EOS, or null.</param>
    /// <exception cref="TSpinException">
    /// The prompt has no tokens (the first response token would have nothing to follow), it leaves no room for a response, or the annotated response has no tokens.
    /// </exception>
    public void Add(int index, int[] prompt, int[] annotated, int[]? synthetic, int[]? protoSynthetic, int[]? earlier = null, int[]? rejected = null)
    {
        if (prompt.Length == 0)
        {
            throw new TSpinException($"example {index}: the rendered prompt has no tokens. Use a prompt template with text, or a tokenizer that adds a BOS token.");
        }

        var shared = Truncate(prompt, settings, bosId);
        if (shared.Length >= settings.MaxSequenceTokens)
        {
            throw new TSpinException(
                $"example {index}: a prompt of {shared.Length} tokens leaves no room for a response in {settings.MaxSequenceTokens} (prompt.max_sequence_tokens). Raise it or lower prompt.max_prompt_tokens.");
        }

        if (annotated.Length == 0 && eosId is null)
        {
            throw new TSpinException($"example {index}: the annotated response has no tokens. Give it text, or leave the example out.");
        }

        _promptsTruncated += shared.Length < prompt.Length ? 1 : 0;
        var triplet = new Triplet(index, shared, Fit(shared, Ended(annotated))!, Fit(shared, synthetic), Fit(shared, protoSynthetic))
        {
            EarlierSynthetic = Fit(shared, earlier),
            Rejected = Fit(shared, rejected is null ? null : Ended(rejected)),
        };
        _syntheticIsAnnotated += Same(triplet.Synthetic, triplet.Annotated) ? 1 : 0;
        _syntheticIsProto += Same(triplet.Synthetic, triplet.ProtoSynthetic) ? 1 : 0;
        _triplets.Add(triplet);
    }

    /// <summary>What was added, with counts.</summary>
    /// <returns>The set.</returns>
    public TripletSet Build() => new([.. _triplets], _promptsTruncated, _responsesTruncated, _syntheticIsAnnotated, _syntheticIsProto);

    private int[] Ended(int[] response) => eosId is { } eos && (response.Length == 0 || response[^1] != eos) ? [.. response, eos] : response;

    private static bool Same(int[]? a, int[]? b) => a is not null && b is not null && a.AsSpan().SequenceEqual(b);

    private int[]? Fit(int[] prompt, int[]? response)
    {
        if (response is null || prompt.Length + response.Length <= settings.MaxSequenceTokens)
        {
            return response;
        }

        _responsesTruncated++;
        return response[..(settings.MaxSequenceTokens - prompt.Length)];
    }
}
