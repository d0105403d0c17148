using TSpin.Tokenizers.Sources;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Models;

/// <summary>
/// SentencePiece's byte pair encoding: of all neighbours that are a piece together those with the highest score are joined first, the
/// leftmost of equals; user-defined pieces are never joined; a piece marked unused is taken apart again.
/// </summary>
internal sealed class SentencePieceBpe(Vocabulary vocabulary, float[] scores, SentencePieceType[] types, int unknownId, int[]? byteIds, PieceTrie userDefined)
    : SentencePieceBase(vocabulary, types, unknownId, byteIds)
{
    private readonly bool _splitsAtMetaspace = vocabulary.IdOf(MetaspaceWords.Metaspace.ToString()) is not null
        && !Enumerable.Range(0, types.Length).Any(id => MetaspaceWords.Crosses(vocabulary.PieceOf(id)!));

    private readonly WordCache _cache = new();

    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        if (!_splitsAtMetaspace)
        {
            EncodeWord(word, output);
            return;
        }

        while (!word.IsEmpty)
        {
            var end = MetaspaceWords.FirstLength(word);
            if (!_cache.TryAppend(word[..end], output))
            {
                var from = output.Count;
                EncodeWord(word[..end], output);
                _cache.Remember(word[..end], output, from);
            }

            word = word[end..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> output)
    {
        var symbols = Cut(word);
        var queue = new PriorityQueue<(int Left, int Right, int Length), (float NegativeScore, int Left)>();
        var taken = new Dictionary<(int Start, int Length), int>();
        for (var i = 1; i < symbols.Count; i++)
        {
            Offer(word, symbols, i - 1, i, queue, taken);
        }

        while (queue.TryDequeue(out var candidate, out _))
        {
            var (left, right) = (symbols[candidate.Left], symbols[candidate.Right]);
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != candidate.Length)
            {
                continue;
            }

            symbols[candidate.Left] = left with { Length = candidate.Length, Next = right.Next };
            symbols[candidate.Right] = right with { Length = 0 };
            if (right.Next >= 0)
            {
                symbols[right.Next] = symbols[right.Next] with { Previous = candidate.Left };
            }

            Offer(word, symbols, left.Previous, candidate.Left, queue, taken);
            Offer(word, symbols, candidate.Left, right.Next, queue, taken);
        }

        var afterUnknown = false;
        for (var i = symbols.Count == 0 ? -1 : 0; i >= 0; i = symbols[i].Next)
        {
            AppendSymbol(word, symbols[i].Start, symbols[i].Length, taken, ref afterUnknown, output);
        }
    }

    private List<Symbol> Cut(ReadOnlySpan<char> word)
    {
        var symbols = new List<Symbol>(word.Length);
        for (var position = 0; position < word.Length;)
        {
            var length = userDefined.LongestPrefix(word[position..]);
            var frozen = length > 0;
            if (!frozen)
            {
                CodePoints.At(word, position, out length);
            }

            var next = position + length < word.Length ? symbols.Count + 1 : -1;
            symbols.Add(new Symbol(position, length, symbols.Count - 1, next, frozen));
            position += length;
        }

        return symbols;
    }

    private void Offer(
        ReadOnlySpan<char> word,
        List<Symbol> symbols,
        int left,
        int right,
        PriorityQueue<(int Left, int Right, int Length), (float NegativeScore, int Left)> queue,
        Dictionary<(int Start, int Length), int> taken)
    {
        if (left < 0 || right < 0 || symbols[left].Frozen || symbols[right].Frozen)
        {
            return;
        }

        var length = symbols[left].Length + symbols[right].Length;
        if (length > Vocabulary.LongestTokenLength || !TryGetPiece(word.Slice(symbols[left].Start, length), out var id))
        {
            return;
        }

        queue.Enqueue((left, right, length), (-scores[id], left));
        if (Types[id] == SentencePieceType.Unused)
        {
            taken[(symbols[left].Start, length)] = symbols[left].Length;
        }
    }

    private void AppendSymbol(ReadOnlySpan<char> word, int start, int length, Dictionary<(int Start, int Length), int> taken, ref bool afterUnknown, List<int> output)
    {
        var text = word.Slice(start, length);
        var id = IdOf(text);
        if (Types[id] == SentencePieceType.Unused && taken.TryGetValue((start, length), out var leftLength))
        {
            AppendSymbol(word, start, leftLength, taken, ref afterUnknown, output);
            AppendSymbol(word, start + leftLength, length - leftLength, taken, ref afterUnknown, output);
            return;
        }

        Append(text, id, ref afterUnknown, output);
    }

    private readonly record struct Symbol(int Start, int Length, int Previous, int Next, bool Frozen);
}
