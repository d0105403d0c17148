using System.Runtime.InteropServices;
using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Models;

/// <summary>
/// The unigram language model (Kudo 2018): of all ways to write a word the one whose pieces' log-probabilities have the greatest sum,
/// found by Viterbi's algorithm over a trie of the vocabulary. Neighbouring unknown characters are one piece.
/// </summary>
internal sealed class Unigram : TokenModel
{
    private const double UnknownPenalty = 10.0;

    private readonly PieceTrie _trie;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int[]? _byteIds;
    private readonly WordCache _cache = new();

    /// <summary>Builds the model; ids are the indices of <paramref name="scores"/>.</summary>
    public Unigram(Vocabulary vocabulary, double[] scores, int? unknownId, bool byteFallback)
        : base(vocabulary)
    {
        _scores = scores;
        UnknownId = unknownId;
        _unknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty;
        _trie = new PieceTrie(Enumerable.Range(0, scores.Length).Select(id => (vocabulary.PieceOf(id)!, id)));
        _byteIds = byteFallback ? vocabulary.ByteTokenIds() : null;
    }

    public override int? UnknownId { get; }

    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        if (word.IsEmpty || _cache.TryAppend(word, output))
        {
            return;
        }

        var from = output.Count;
        var length = word.Length;
        var bestScore = new double[length + 1];
        var bestStart = new int[length + 1];
        var bestId = new int[length + 1];
        Array.Fill(bestStart, -1);
        for (var start = 0; start < length;)
        {
            CodePoints.At(word, start, out var units);
            var sofar = bestScore[start];
            var hasSingle = false;
            var node = PieceTrie.Root;
            for (var end = start; end < length && _trie.TryStep(ref node, word[end]);)
            {
                end++;
                var id = _trie.IdAt(node);
                if (id < 0)
                {
                    continue;
                }

                var candidate = _scores[id] + sofar;
                if (bestStart[end] < 0 || candidate > bestScore[end])
                {
                    (bestScore[end], bestStart[end], bestId[end]) = (candidate, start, id);
                }

                hasSingle |= end - start == units;
            }

            if (!hasSingle)
            {
                var candidate = _unknownScore + sofar;
                var end = start + units;
                if (bestStart[end] < 0 || candidate > bestScore[end])
                {
                    (bestScore[end], bestStart[end], bestId[end]) = (candidate, start, -1);
                }
            }

            start += units;
        }

        Backtrack(word, bestStart, bestId, output);
        _cache.Remember(word, output, from);
    }

    private void Backtrack(ReadOnlySpan<char> word, int[] bestStart, int[] bestId, List<int> output)
    {
        // The vocabulary's own unknown piece, should it win a place by its score, fuses too: it is told by its id.
        var path = new List<(int Start, int End, int Id)>();
        for (var end = word.Length; end > 0; end = bestStart[end])
        {
            var id = bestId[end] == UnknownId ? -1 : bestId[end];
            if (id < 0 && path.Count > 0 && path[^1].Id < 0)
            {
                path[^1] = (bestStart[end], path[^1].End, -1);
            }
            else
            {
                path.Add((bestStart[end], end, id));
            }
        }

        foreach (ref readonly var piece in CollectionsMarshal.AsSpan(Enumerable.Reverse(path).ToList()))
        {
            if (piece.Id >= 0)
            {
                output.Add(piece.Id);
            }
            else
            {
                AddUnknown(word[piece.Start..piece.End], output);
            }
        }
    }

    private void AddUnknown(ReadOnlySpan<char> text, List<int> output)
    {
        if (Vocabulary.TryGetId(text, out var id))
        {
            output.Add(id);
            return;
        }

        if (_byteIds is not null)
        {
            var bytes = Encoding.UTF8.GetBytes(text.ToString());
            if (bytes.All(b => _byteIds[b] >= 0))
            {
                output.AddRange(bytes.Select(b => _byteIds[b]));
                return;
            }
        }

        output.Add(UnknownId ?? throw new TSpinException($"the tokenizer has no unknown token (unk_id is null), but \"{text}\" needs it; use the tokenizer file that came with the model."));
    }
}
