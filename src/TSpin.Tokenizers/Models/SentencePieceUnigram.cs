using System.Text;
using TSpin.Tokenizers.Sources;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Models;

/// <summary>
/// SentencePiece's unigram model: Viterbi's best path with scores summed in float32 as the library does; user-defined pieces are
/// all but always taken, unused ones never.
/// </summary>
internal sealed class SentencePieceUnigram : SentencePieceBase
{
    private const float UnknownPenalty = 10f;

    // The library starts the search for the greatest score at FLT_MIN, the smallest positive float, so that is what it is.
    private const float SmallestPositiveNormal = 1.17549435e-38f;

    private readonly PieceTrie _trie;
    private readonly float[] _scores;
    private readonly float _unknownScore;
    private readonly float _greatestScore;

    public SentencePieceUnigram(Vocabulary vocabulary, float[] scores, SentencePieceType[] types, int unknownId, int[]? byteIds)
        : base(vocabulary, types, unknownId, byteIds)
    {
        _scores = scores;
        var normal = scores.Where((_, id) => types[id] == SentencePieceType.Normal).ToList();
        _unknownScore = (normal.Count == 0 ? float.MaxValue : normal.Min()) - UnknownPenalty;
        _greatestScore = Math.Max(SmallestPositiveNormal, normal.Count == 0 ? 0 : normal.Max());
        _trie = new PieceTrie(Enumerable.Range(0, types.Length)
            .Where(id => types[id] is SentencePieceType.Normal or SentencePieceType.UserDefined)
            .Select(id => (vocabulary.PieceOf(id)!, id)));
    }

    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        var length = word.Length;
        var bestScore = new float[length + 1];
        var bestStart = new int[length + 1];
        var bestId = new int[length + 1];
        Array.Fill(bestStart, -1);
        for (var start = 0; start < length;)
        {
            CodePoints.At(word, start, out var units);
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

                var score = Types[id] == SentencePieceType.UserDefined
                    ? (float)((Encoding.UTF8.GetByteCount(word[start..end]) * _greatestScore) - 0.1)
                    : _scores[id];
                Improve(start, end, id, score);
                hasSingle |= end - start == units;
            }

            if (!hasSingle)
            {
                Improve(start, start + units, UnknownId!.Value, _unknownScore);
            }

            start += units;
        }

        var path = new List<(int Start, int End)>();
        for (var end = length; end > 0; end = bestStart[end])
        {
            path.Add((bestStart[end], end));
        }

        var afterUnknown = false;
        for (var i = path.Count - 1; i >= 0; i--)
        {
            Append(word[path[i].Start..path[i].End], bestId[path[i].End], ref afterUnknown, output);
        }

        void Improve(int start, int end, int id, float score)
        {
            var candidate = score + bestScore[start];
            if (bestStart[end] < 0 || candidate > bestScore[end])
            {
                (bestScore[end], bestStart[end], bestId[end]) = (candidate, start, id);
            }
        }
    }
}
