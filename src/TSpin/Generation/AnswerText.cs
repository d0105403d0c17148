using System.Text;
using TSpin.Tokenizers;

namespace TSpin.Generation;

/// <summary>Follows the text of one growing answer: whether a stop text has come up, and what may be shown already.</summary>
internal sealed class AnswerText
{
    private readonly Tokenizer _tokenizer;
    private readonly IReadOnlyList<string> _stopTexts;
    private readonly int _longestStop;
    private readonly IncrementalDecoder _decoder;
    private readonly List<int> _ids = [];
    private readonly StringBuilder _settled = new();

    /// <param name="tokenizer">The model's tokenizer; special tokens are left out of the text.</param>
    /// <param name="stopTexts">Texts that end the answer; none empty.</param>
    public AnswerText(Tokenizer tokenizer, IReadOnlyList<string> stopTexts)
    {
        _tokenizer = tokenizer;
        _stopTexts = stopTexts;
        _longestStop = stopTexts.Count == 0 ? 0 : stopTexts.Max(text => text.Length);
        _decoder = new IncrementalDecoder(tokenizer, skipSpecialTokens: true);
    }

    /// <summary>Characters given out by <see cref="TakeSettled"/>.</summary>
    public int Taken { get; private set; }

    /// <summary>Takes the next id, which is no end-of-sequence token.</summary>
    /// <returns>True when the text now contains a stop text.</returns>
    public bool Append(int id)
    {
        var before = _settled.Length;
        _ids.Add(id);
        _settled.Append(_decoder.Add(id));
        if (_stopTexts.Count == 0)
        {
            return false;
        }

        // Text that is held back could still change into something else, but a stop text in it counts as soon as it can be read:
        // line ends are held back where they are byte tokens.
        var start = Math.Max(0, before - _longestStop + 1);
        var text = _settled.Length > before ? _settled.ToString(start, _settled.Length - start) : _tokenizer.Decode([.. _ids], skipSpecialTokens: true);
        return FirstStop(text, _stopTexts) >= 0;
    }

    /// <summary>Text that was not taken before, that no later token changes and in which no stop text may have begun.</summary>
    public string TakeSettled()
    {
        var text = _settled.ToString(Taken, _settled.Length - Taken);
        var begun = _stopTexts.Select(stop => Begun(text, stop)).DefaultIfEmpty(0).Max();
        Taken += text.Length - begun;
        return text[..^begun];
    }

    /// <summary>The text of a finished answer, cut before the first stop text.</summary>
    public static string Whole(Tokenizer tokenizer, ReadOnlySpan<int> ids, IReadOnlyList<string> stopTexts)
    {
        var text = tokenizer.Decode(ids, skipSpecialTokens: true);
        var stop = FirstStop(text, stopTexts);
        return stop >= 0 ? text[..stop] : text;
    }

    /// <summary>How much of a stop text the end of another text is the beginning of.</summary>
    private static int Begun(string text, string stop)
    {
        for (var length = Math.Min(stop.Length - 1, text.Length); length > 0; length--)
        {
            if (text.EndsWith(stop[..length], StringComparison.Ordinal))
            {
                return length;
            }
        }

        return 0;
    }

    private static int FirstStop(string text, IReadOnlyList<string> stopTexts) => stopTexts
        .Select(stop => text.IndexOf(stop, StringComparison.Ordinal))
        .Where(at => at >= 0)
        .DefaultIfEmpty(-1)
        .Min();
}
