using TSpin.Files;
using TSpin.Models;
using TSpin.Tokenizers;

namespace TSpin.Evaluation.Harness;

/// <summary>From texts to ids as the harness' models do it: context and continuation encoded as one text and parted by the length of the context alone; BOS where the text does not begin with it.</summary>
internal sealed class HarnessTokens
{
    private readonly Tokenizer _tokenizer;
    private readonly int? _prefixId;
    private readonly string? _prefix;
    private readonly string? _begin;

    public HarnessTokens(Tokenizer tokenizer, DecoderConfig config)
    {
        _tokenizer = tokenizer;
        Longest = config.MaxPositions;
        _prefixId = tokenizer.BosId ?? tokenizer.EosId;
        _prefix = _prefixId is { } id ? tokenizer.Decode([id], skipSpecialTokens: false) : null;
        _begin = tokenizer.BosId is { } begin ? tokenizer.Piece(begin) : null;
    }

    /// <summary>The model's positions.</summary>
    public int Longest { get; }

    /// <summary>Ids of a context and of what is scored after it.</summary>
    /// <exception cref="TSpinException">The continuation has no tokens of its own, or more than the model has positions.</exception>
    public (int[] Context, int[] Continuation) Pair(ContinuationRequest request)
    {
        var (context, continuation) = Encoded(request.Context, request.Continuation);
        return context.Length == 0 ? throw Fault(request, "its context has no tokens")
            : continuation.Length == 0 ? throw Fault(request, "it has no tokens of its own after the context's")
            : continuation.Length > Longest ? throw Fault(request, $"it has {continuation.Length} tokens, and the model {Longest} positions")
            : (context, continuation);
    }

    /// <summary>As <see cref="Pair"/>; null where that is refused.</summary>
    public (int[] Context, int[] Continuation)? TryPair(ContinuationRequest request)
    {
        var (context, continuation) = Encoded(request.Context, request.Continuation);
        return context.Length > 0 && continuation.Length > 0 && continuation.Length <= Longest ? (context, continuation)
            : null;
    }

    /// <summary>Ids of a context that an answer follows, cut from the left so that the answer has room.</summary>
    /// <param name="context">The context.</param>
    /// <param name="answer">Longest answer in tokens.</param>
    /// <returns>The ids, and whether they were cut.</returns>
    /// <exception cref="TSpinException">The answer leaves no room for a context.</exception>
    public (int[] Ids, bool IsCut) Prompt(string context, int answer)
    {
        var room = Longest - answer;
        if (room <= 0)
        {
            throw new TSpinException(
                $"answers of up to {answer} tokens leave no room for a question: the model has {Longest} positions. "
                + "Give a lower --max-new-tokens.");
        }

        var ids = _tokenizer.Encode(context, addSpecialTokens: !Begins(context, _begin));
        return ids.Length > room ? (ids[^room..], true) : (ids, false);
    }

    private (int[] Context, int[] Continuation) Encoded(string context, string continuation)
    {
        if (context.Length == 0)
        {
            var ids = _tokenizer.Encode(continuation, addSpecialTokens: false);
            return ids.Length > 0 && ids[0] == _prefixId ? (ids[..1], ids[1..]) : (_prefixId is { } prefix ? [prefix] : [], ids);
        }

        var words = PythonString.StripEnd(context);
        continuation = context[words.Length..] + continuation;
        var whole = Encode(words + continuation);
        var before = Encode(words);
        return (before, before.Length < whole.Length ? whole[before.Length..] : []);
    }

    private int[] Encode(string text) => _tokenizer.Encode(text, addSpecialTokens: !Begins(text, _prefix));

    private static bool Begins(string text, string? token) => token is not null && text.StartsWith(token, StringComparison.Ordinal);

    private static TSpinException Fault(ContinuationRequest request, string what) =>
        new($"the continuation {Excerpt.Of(request.Continuation, 40)} cannot be scored: {what} (context ends in {Excerpt.Of(request.Context.Length > 40 ? request.Context[^40..] : request.Context, 60)}). Leave the row out, or use another model.");
}
