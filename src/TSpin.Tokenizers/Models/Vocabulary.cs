namespace TSpin.Tokenizers.Models;

/// <summary>The tokens of a model and their ids.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly Dictionary<int, string> _pieces;
    private readonly int[] _idOfChar = new int[0x10000];

    /// <summary>Checks that no token and no id occurs twice.</summary>
    /// <param name="tokens">Tokens and ids.</param>
    /// <param name="expected">How many there are, about.</param>
    /// <param name="place">File and field for messages.</param>
    public Vocabulary(IEnumerable<(string Token, int Id)> tokens, int expected, string place)
    {
        _ids = new Dictionary<string, int>(expected, StringComparer.Ordinal);
        _pieces = new Dictionary<int, string>(expected);
        Array.Fill(_idOfChar, -1);
        foreach (var (token, id) in tokens)
        {
            if (id < 0 || id > MaximumId)
            {
                throw new TSpinException($"{place}: token \"{token}\" has id {id}, outside of 0 to {MaximumId}; use the tokenizer file that came with the model.");
            }

            if (!_ids.TryAdd(token, id))
            {
                throw new TSpinException($"{place}: token \"{token}\" occurs twice (ids {_ids[token]} and {id}); use the tokenizer file that came with the model.");
            }

            if (!_pieces.TryAdd(id, token))
            {
                throw new TSpinException($"{place}: id {id} is given twice, to \"{_pieces[id]}\" and to \"{token}\"; use the tokenizer file that came with the model.");
            }

            LargestId = Math.Max(LargestId, id);
            LongestTokenLength = Math.Max(LongestTokenLength, token.Length);
            if (token.Length == 1)
            {
                _idOfChar[token[0]] = id;
            }
        }

        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The largest id that is accepted, 2^28: far above any vocabulary.</summary>
    public const int MaximumId = 1 << 28;

    public int Count => _ids.Count;

    /// <summary>-1 when empty.</summary>
    public int LargestId { get; } = -1;

    /// <summary>In UTF-16 units.</summary>
    public int LongestTokenLength { get; }

    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public bool TryGetId(ReadOnlySpan<char> token, out int id)
    {
        if (token.Length == 1)
        {
            id = _idOfChar[token[0]];
            return id >= 0;
        }

        return _idsBySpan.TryGetValue(token, out id);
    }

    public string? PieceOf(int id) => _pieces.GetValueOrDefault(id);

    /// <summary>The ids of <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, -1 where missing.</summary>
    public int[] ByteTokenIds() => [.. Enumerable.Range(0, 256).Select(b => IdOf($"<0x{b:X2}>") ?? -1)];
}
