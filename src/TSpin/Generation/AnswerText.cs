using System.Runtime.InteropServices;
using System.Text;

namespace TSpin.Generation;

/// <summary>
/// The text of a growing answer. Only the newest tokens are decoded at each step, together with a few before them for context (the decoder
/// of a SentencePiece tokenizer treats the first token apart), and text counts as settled once no later token can change it: not while
/// it ends inside a UTF-8 sequence.
/// </summary>
public sealed class AnswerText
{
    private const char Replacement = '\uFFFD';

    private readonly Func<ReadOnlySpan<int>, string> _decode;
    private readonly IReadOnlyList<string> _stopTexts;
    private readonly int _longestStop;
    private readonly List<int> _ids = [];
    private readonly StringBuilder _settled = new();
    private string _pending = "";
    private string _context = "";
    private int _contextStart;
    private int _settledIds;
    private int _emitted;

    /// <summary>Starts an empty answer.</summary>
    /// <param name="decode">Token ids to text, without special tokens; an unfinished UTF-8 sequence gives U+FFFD.</param>
    /// <param name="stopTexts">Texts that end the answer; none empty.</param>
    public AnswerText(Func<ReadOnlySpan<int>, string> decode, IReadOnlyList<string> stopTexts)
    {
        _decode = decode;
        _stopTexts = stopTexts;
        _longestStop = stopTexts.Count == 0 ? 0 : stopTexts.Max(text => text.Length);
    }

    /// <summary>Takes the next token.</summary>
    /// <param name="id">Its id; not an end-of-sequence token.</param>
    /// <returns>True when the text now contains a stop text.</returns>
    public bool Append(int id)
    {
        var before = _settled.Length;
        _ids.Add(id);
        var ids = CollectionsMarshal.AsSpan(_ids);
        var window = _decode(ids[_contextStart..]);
        _pending = window.Length > _context.Length ? window[_context.Length..] : "";
        if (_pending.Length > 0 && _pending[^1] != Replacement)
        {
            _settled.Append(_pending);
            _pending = "";
            _contextStart = _settledIds;
            _settledIds = _ids.Count;
            _context = _decode(ids[_contextStart..]);
        }

        return ContainsStop(Math.Max(0, before - _longestStop + 1)) && FirstStop(_decode(ids)) >= 0;
    }

    /// <summary>Settled text that was not taken before and in which no stop text may have begun.</summary>
    /// <returns>The text; often empty.</returns>
    public string TakeSettled()
    {
        var text = _settled.ToString(_emitted, _settled.Length - _emitted);
        var begun = 0;
        foreach (var stop in _stopTexts)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > begun; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    begun = length;
                }
            }
        }

        _emitted += text.Length - begun;
        return text[..^begun];
    }

    /// <summary>What is left at the end: all of the answer's text, cut before a stop text, that was not taken before.</summary>
    /// <returns>The text; may be empty.</returns>
    public string TakeRest()
    {
        var whole = _settled + _pending;
        var stop = FirstStop(whole);
        var end = stop >= 0 ? stop : whole.Length;
        var rest = end > _emitted ? whole[_emitted..end] : "";
        _emitted = whole.Length;
        return rest;
    }

    /// <summary>The text of a finished answer, cut before the first stop text.</summary>
    /// <param name="decode">Ids to text.</param>
    /// <param name="ids">The answer without its end-of-sequence token.</param>
    /// <param name="stopTexts">What to cut before.</param>
    /// <returns>The text.</returns>
    public static string Whole(Func<ReadOnlySpan<int>, string> decode, ReadOnlySpan<int> ids, IReadOnlyList<string> stopTexts)
    {
        var text = decode(ids);
        var stop = FirstStop(text, stopTexts);
        return stop >= 0 ? text[..stop] : text;
    }

    private bool ContainsStop(int start) =>
        _stopTexts.Count > 0 && FirstStop(_settled.ToString(start, _settled.Length - start) + _pending) >= 0;

    private int FirstStop(string text) => FirstStop(text, _stopTexts);

    private static int FirstStop(string text, IReadOnlyList<string> stopTexts)
    {
        var first = -1;
        foreach (var stop in stopTexts)
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }

        return first;
    }
}
