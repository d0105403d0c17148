namespace TSpin.Tokenizers;

/// <summary>
/// Finds the merges of a vocabulary: again and again the most frequent pair of neighbours. Counts are kept up to date word by word, and
/// the queue of candidates is checked against them when one comes up, so that a merge costs what it changes.
/// </summary>
internal sealed class BpeMergeSearch
{
    private const long LeastFrequency = 2;

    private readonly List<(int[] Symbols, long Count)> _words;
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _wordsOfPair = [];
    private readonly PriorityQueue<(int Left, int Right, long Count), (long NegativeCount, int Left, int Right)> _queue = new();

    public BpeMergeSearch(List<(int[] Symbols, long Count)> words)
    {
        _words = words;
        for (var w = 0; w < words.Count; w++)
        {
            var (symbols, count) = words[w];
            for (var i = 0; i + 1 < symbols.Length; i++)
            {
                Change((symbols[i], symbols[i + 1]), count, w);
            }
        }

        foreach (var pair in _counts.Keys)
        {
            Offer(pair);
        }
    }

    /// <summary>Adds merged tokens until the vocabulary has the wanted size or no pair occurs twice.</summary>
    public List<(string Left, string Right)> Run(List<string> tokens, Dictionary<string, int> ids, int vocabularySize)
    {
        var merges = new List<(string, string)>();
        while (tokens.Count < vocabularySize && _queue.TryDequeue(out var candidate, out _))
        {
            var pair = (candidate.Left, candidate.Right);
            if (!_counts.TryGetValue(pair, out var count) || count != candidate.Count)
            {
                continue;
            }

            if (count < LeastFrequency)
            {
                break;
            }

            var merged = tokens[pair.Left] + tokens[pair.Right];
            if (!ids.TryGetValue(merged, out var id))
            {
                id = tokens.Count;
                ids[merged] = id;
                tokens.Add(merged);
            }

            merges.Add((tokens[pair.Left], tokens[pair.Right]));
            Merge(pair, id);
        }

        return merges;
    }

    private void Merge((int Left, int Right) pair, int id)
    {
        var touched = new HashSet<(int, int)>();
        foreach (var w in _wordsOfPair[pair].Order())
        {
            var (symbols, count) = _words[w];
            for (var i = 0; i + 1 < symbols.Length; i++)
            {
                Change((symbols[i], symbols[i + 1]), -count, w);
                touched.Add((symbols[i], symbols[i + 1]));
            }

            symbols = Replace(symbols, pair, id);
            _words[w] = (symbols, count);
            for (var i = 0; i + 1 < symbols.Length; i++)
            {
                Change((symbols[i], symbols[i + 1]), count, w);
                touched.Add((symbols[i], symbols[i + 1]));
            }
        }

        _counts.Remove(pair);
        _wordsOfPair.Remove(pair);
        touched.Remove(pair);
        foreach (var other in touched)
        {
            Offer(other);
        }
    }

    private static int[] Replace(int[] symbols, (int Left, int Right) pair, int id)
    {
        var result = new List<int>(symbols.Length);
        for (var i = 0; i < symbols.Length; i++)
        {
            if (i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
            {
                result.Add(id);
                i++;
            }
            else
            {
                result.Add(symbols[i]);
            }
        }

        return [.. result];
    }

    private void Change((int Left, int Right) pair, long by, int word)
    {
        var count = _counts.GetValueOrDefault(pair) + by;
        if (count == 0)
        {
            _counts.Remove(pair);
            return;
        }

        _counts[pair] = count;
        if (by > 0)
        {
            if (!_wordsOfPair.TryGetValue(pair, out var words))
            {
                _wordsOfPair[pair] = words = [];
            }

            words.Add(word);
        }
    }

    private void Offer((int Left, int Right) pair)
    {
        if (_counts.TryGetValue(pair, out var count) && count >= LeastFrequency)
        {
            _queue.Enqueue((pair.Left, pair.Right, count), (-count, pair.Left, pair.Right));
        }
    }
}
