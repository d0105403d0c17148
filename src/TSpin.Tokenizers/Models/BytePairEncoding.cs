using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Models;

/// <summary>Byte pair encoding, byte-level or with byte fallback, as tokenizers' <c>BPE</c> model.</summary>
internal sealed class BytePairEncoding : TokenModel
{
    private readonly MergeTable _merges;
    private readonly BytePairOptions _options;
    private readonly int[]? _byteIds;
    private readonly bool _splitsAtMetaspace;
    private readonly WordCache _cache = new();

    public BytePairEncoding(Vocabulary vocabulary, MergeTable merges, BytePairOptions options, bool mergesCrossMetaspace)
        : base(vocabulary)
    {
        _merges = merges;
        _options = options;
        _byteIds = options.ByteFallback ? vocabulary.ByteTokenIds() : null;
        UnknownId = options.UnknownToken is null ? null : vocabulary.IdOf(options.UnknownToken);

        // Where characters are dropped without a trace, metaspaces on both sides of them come to touch, and may merge.
        var keepsAll = options.UnknownToken is not null || (_byteIds is not null && !_byteIds.Contains(-1));
        _splitsAtMetaspace = keepsAll && !mergesCrossMetaspace && string.IsNullOrEmpty(options.ContinuingPrefix) && string.IsNullOrEmpty(options.EndOfWordSuffix)
            && vocabulary.IdOf(MetaspaceWords.Metaspace.ToString()) is { } metaspace && metaspace != UnknownId;
    }

    public override int? UnknownId { get; }

    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        if (_options.IgnoreMerges && Vocabulary.TryGetId(word, out var whole))
        {
            output.Add(whole);
            return;
        }

        if (!_splitsAtMetaspace)
        {
            EncodeWord(word, output);
            return;
        }

        while (!word.IsEmpty)
        {
            var end = MetaspaceWords.FirstLength(word);
            EncodeWord(word[..end], output);
            word = word[end..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> output)
    {
        if (_cache.TryAppend(word, output))
        {
            return;
        }

        var from = output.Count;
        var affixed = _options.ContinuingPrefix is { Length: > 0 } || _options.EndOfWordSuffix is { Length: > 0 };
        var unknown = -1;
        for (var position = 0; position < word.Length;)
        {
            CodePoints.At(word, position, out var units);
            var symbol = word.Slice(position, units);
            if (affixed)
            {
                symbol = Affixed(symbol, position == 0, position + units == word.Length);
            }

            AddSymbol(symbol, ref unknown, output);
            position += units;
        }

        if (unknown >= 0)
        {
            output.Add(unknown);
        }

        var symbols = CollectionsMarshal.AsSpan(output)[from..];
        var left = _merges.MergeAll(symbols);
        output.RemoveRange(from + left, symbols.Length - left);
        _cache.Remember(word, output, from);
    }

    private string Affixed(ReadOnlySpan<char> symbol, bool isFirst, bool isLast) =>
        string.Concat(isFirst ? "" : _options.ContinuingPrefix, symbol, isLast ? _options.EndOfWordSuffix : "");

    /// <summary>Adds a character's id, or its bytes', or the unknown token (held back in <paramref name="unknown"/> so that neighbours may fuse).</summary>
    private void AddSymbol(ReadOnlySpan<char> symbol, ref int unknown, List<int> output)
    {
        if (Vocabulary.TryGetId(symbol, out var id))
        {
            if (unknown >= 0)
            {
                output.Add(unknown);
                unknown = -1;
            }

            output.Add(id);
            return;
        }

        // As in tokenizers, an unknown token held back stays behind bytes that follow it.
        if (_byteIds is not null && TryAddBytes(symbol, output))
        {
            return;
        }

        if (_options.UnknownToken is null)
        {
            return;
        }

        if (UnknownId is not { } unknownId)
        {
            throw new TSpinException($"the tokenizer's unknown token \"{_options.UnknownToken}\" is not in its vocabulary, but \"{symbol}\" needs it; use the tokenizer file that came with the model.");
        }

        if (unknown >= 0 && !_options.FuseUnknown)
        {
            output.Add(unknown);
        }

        unknown = unknownId;
    }

    private bool TryAddBytes(ReadOnlySpan<char> symbol, List<int> output)
    {
        var from = output.Count;
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(symbol.Length));
        try
        {
            var count = Encoding.UTF8.GetBytes(symbol, bytes);
            foreach (var value in bytes.AsSpan(0, count))
            {
                if (_byteIds![value] < 0)
                {
                    output.RemoveRange(from, output.Count - from);
                    return false;
                }

                output.Add(_byteIds[value]);
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
