namespace TSpin.Tokenizers.Models;

/// <summary>A trie of pieces over UTF-16 units.</summary>
internal sealed class PieceTrie
{
    public const int Root = 0;

    private readonly Dictionary<long, int> _edges = [];
    private readonly List<int> _ids = [-1];

    public PieceTrie(IEnumerable<(string Piece, int Id)> pieces)
    {
        foreach (var (piece, id) in pieces)
        {
            if (piece.Length == 0)
            {
                continue;
            }

            var node = Root;
            foreach (var unit in piece)
            {
                var key = ((long)node << 16) | unit;
                if (!_edges.TryGetValue(key, out node))
                {
                    node = _ids.Count;
                    _edges[key] = node;
                    _ids.Add(-1);
                }
            }

            if (_ids[node] < 0)
            {
                _ids[node] = id;
            }
        }
    }

    /// <summary>Goes down by a unit.</summary>
    public bool TryStep(ref int node, char unit) => _edges.TryGetValue(((long)node << 16) | unit, out node);

    /// <summary>The length of the longest piece that a text begins with, or 0.</summary>
    public int LongestPrefix(ReadOnlySpan<char> text)
    {
        var node = Root;
        var length = 0;
        for (var i = 0; i < text.Length && TryStep(ref node, text[i]); i++)
        {
            if (_ids[node] >= 0)
            {
                length = i + 1;
            }
        }

        return length;
    }

    /// <summary>The id of the piece that ends at a node, or -1.</summary>
    public int IdAt(int node) => _ids[node];
}
