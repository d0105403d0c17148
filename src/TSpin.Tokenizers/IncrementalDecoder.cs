using System.Text;
using TSpin.Tokenizers.Decoders;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers;

/// <summary>
/// Decodes ids one at a time, for text that is shown while it is generated. Gives out only what no later id can change: half of a
/// character waits for its other half, a run of byte tokens for its end. All that was given out, and the rest from
/// <see cref="Finish"/>, is together what <see cref="Tokenizer.Decode"/> gives for all ids at once. Not thread-safe.
/// </summary>
public sealed class IncrementalDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly Decoder? _utf8;
    private readonly List<byte> _bytes = [];

    // How a token shows depends on what stands before it (at the start of a text a space is dropped, for one), but not on all of it:
    // a few tokens that show something, and those given out last, are enough. Then come the tokens that wait.
    private List<string> _anchor = [];
    private List<string> _last = [];
    private List<string> _waiting = [];
    private bool _hasShown;

    /// <summary>Starts at the beginning of a text.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public IncrementalDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _utf8 = tokenizer.Decoder is ByteLevelDecoder ? Encoding.UTF8.GetDecoder() : null;
    }

    /// <summary>Takes the next id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The text that is certain now and was not before; often empty.</returns>
    public string Add(int id)
    {
        if (_tokenizer.TokenForDecoding(id, _skipSpecialTokens) is not { } token)
        {
            return "";
        }

        if (_utf8 is not null)
        {
            _bytes.Clear();
            ByteAlphabet.AppendBytes(token, _bytes);
            return Convert(flush: false);
        }

        _waiting.Add(token);
        return _tokenizer.Decoder?.HoldsBack(token) == true ? "" : Settle();
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was still waiting, as it is.</returns>
    public string Finish()
    {
        if (_utf8 is not null)
        {
            _bytes.Clear();
            return Convert(flush: true);
        }

        return Settle();
    }

    private string Convert(bool flush)
    {
        var bytes = _bytes.ToArray();
        var chars = new char[_utf8!.GetCharCount(bytes, flush)];
        _utf8.GetChars(bytes, chars, flush);
        return new string(chars);
    }

    private string Settle()
    {
        if (_waiting.Count == 0)
        {
            return "";
        }

        var before = _tokenizer.DecodeTokens([.. _anchor, .. _last]);
        var text = _tokenizer.DecodeTokens([.. _anchor, .. _last, .. _waiting]);
        if (!text.StartsWith(before, StringComparison.Ordinal))
        {
            // The newest token took back what an earlier one showed (a decoder that trims ends): nothing to add to it.
            return "";
        }

        if (_tokenizer.DecodeTokens([.. _waiting]).Length > 0)
        {
            _anchor = [];
        }
        else if (!_hasShown || _anchor.Count == 0)
        {
            _anchor.AddRange(_last);
        }

        _hasShown |= text.Length > before.Length;
        (_last, _waiting) = (_waiting, []);
        return text[before.Length..];
    }
}
