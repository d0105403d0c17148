using TSpin.Gguf;

namespace TSpin.Tokenizers.Gguf;

/// <summary>
/// Says in the words of tokenizer.json what a GGUF file says of its tokenizer: byte-level BPE (<c>gpt2</c>) and SentencePiece BPE (<c>llama</c>).
/// Both are read and saved through these words, so that what is saved gives the same ids.
/// </summary>
internal sealed class GgufTokenizerJson
{
    private const string Prefix = GgufVocabulary.Prefix;
    private const string Space = "\u2581";

    private readonly GgufVocabulary _vocabulary;
    private readonly GgufMetadata _metadata;

    private GgufTokenizerJson(GgufVocabulary vocabulary) => (_vocabulary, _metadata) = (vocabulary, vocabulary.Metadata);

    /// <summary>The tokenizer, ready to be serialized.</summary>
    public static IReadOnlyDictionary<string, object?> Of(GgufVocabulary vocabulary)
    {
        var json = new GgufTokenizerJson(vocabulary);
        return vocabulary.Metadata.Text(Prefix + "model") switch
        {
            "gpt2" => json.ByteLevel(),
            "llama" => json.SentencePiece(),
            var other => throw vocabulary.Metadata.Fault(Prefix + "model", $"'{other}' is not supported; known are gpt2 (byte-level BPE) and llama (SentencePiece BPE). Put the model's tokenizer.json beside it in a folder of their own."),
        };
    }

    /// <summary>Whether a text begins with BOS where the file does not say.</summary>
    public static bool BeginsByDefault(GgufVocabulary vocabulary) => vocabulary.Metadata.Text(Prefix + "model") == "gpt2"
        ? GgufPreTokenizer.Find(vocabulary.Metadata.Text(Prefix + "pre") ?? "") is { BeginsByDefault: true }
        : true;

    private Dictionary<string, object?> ByteLevel()
    {
        var pre = _metadata.Text(Prefix + "pre") ?? "";
        var splitter = GgufPreTokenizer.Find(pre)
            ?? throw _metadata.Fault(Prefix + "pre", $"'{pre}' is not a pre-tokenizer that TSpin knows; known are {GgufPreTokenizer.KnownNames}. Put the model's tokenizer.json beside it in a folder of their own.");
        var merges = _metadata.Texts(Prefix + "merges") ?? throw _metadata.Fault(Prefix + "merges", "is missing. Download the file again.");
        var bytes = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true };
        return Whole(
            splitter.Normalizes ? new { type = "NFC" } : null,
            splitter.Splitting,
            Model(Ids(id => _vocabulary.Tokens[id]), merges, unknown: null, byteFallback: false, splitter.IgnoresMerges),
            bytes,
            id => _vocabulary.Tokens[id]);
    }

    private Dictionary<string, object?> SentencePiece()
    {
        var scores = _metadata.Numbers(Prefix + "scores") ?? throw _metadata.Fault(Prefix + "scores", "is missing. Download the file again.");
        if (scores.Length != _vocabulary.Tokens.Length)
        {
            throw _metadata.Fault(Prefix + "scores", $"has {scores.Length} values for {_vocabulary.Tokens.Length} tokens. Download the file again.");
        }

        if (Array.FindIndex(_vocabulary.Types, type => type is < GgufVocabulary.Normal or > GgufVocabulary.Byte) is >= 0 and var odd)
        {
            throw _metadata.Fault(Prefix + "token_type", $"{_vocabulary.Types[odd]} (token {odd}) is not a type of token; known are 1 to 6. Download the file again.");
        }

        if (_metadata.Has(Prefix + "precompiled_charsmap"))
        {
            throw _metadata.Fault(Prefix + "precompiled_charsmap", "is not supported for a SentencePiece BPE vocabulary. Put the model's tokenizer.json beside it in a folder of their own.");
        }

        if (_metadata.Flag(Prefix + "remove_extra_whitespaces") is true)
        {
            throw _metadata.Fault(Prefix + "remove_extra_whitespaces", "true is not supported for a SentencePiece BPE vocabulary. Put the model's tokenizer.json beside it in a folder of their own.");
        }

        var unknown = _vocabulary.RoleId("unk") ?? throw _metadata.Fault(Prefix + "unknown_token_id", "is missing, and no token is of the type unknown. Download the file again.");
        var ids = Ids(Piece);
        var merges = SentencePieceMerges.Of(_vocabulary, ids, scores, Piece);
        object spaces = new { type = "Replace", pattern = new { String = " " }, content = Space };
        object[] decoders = [new { type = "Replace", pattern = new { String = Space }, content = " " }, new { type = "ByteFallback" }, new { type = "Fuse" }];
        var prefixed = _metadata.Flag(Prefix + "add_space_prefix") ?? true;
        return Whole(
            new { type = "Sequence", normalizers = prefixed ? [new { type = "Prepend", prepend = Space }, spaces] : (object[])[spaces] },
            preTokenizer: null,
            Model(ids, merges, Piece(unknown), byteFallback: Array.IndexOf(_vocabulary.Types, GgufVocabulary.Byte) >= 0, ignoreMerges: false),
            new { type = "Sequence", decoders = prefixed ? [.. decoders, new { type = "Strip", content = " ", start = 1, stop = 0 }] : decoders },
            Piece);
    }

    // The converter writes the spaces of user-defined tokens as spaces; the vocabulary had SentencePiece's sign for them.
    private string Piece(int id) => _vocabulary.Types[id] == GgufVocabulary.UserDefined ? _vocabulary.Tokens[id].Replace(" ", Space, StringComparison.Ordinal) : _vocabulary.Tokens[id];

    private Dictionary<string, int> Ids(Func<int, string> textOf)
    {
        var ids = new Dictionary<string, int>(_vocabulary.Tokens.Length, StringComparer.Ordinal);
        foreach (var id in _vocabulary.Ids)
        {
            if (!ids.TryAdd(textOf(id), id))
            {
                throw _vocabulary.Twice(textOf(id));
            }
        }

        return ids;
    }

    private static object Model(Dictionary<string, int> vocab, object merges, string? unknown, bool byteFallback, bool ignoreMerges) => new
    {
        type = "BPE",
        dropout = (double?)null,
        unk_token = unknown,
        continuing_subword_prefix = (string?)null,
        end_of_word_suffix = (string?)null,
        fuse_unk = unknown is not null,
        byte_fallback = byteFallback,
        ignore_merges = ignoreMerges,
        vocab,
        merges,
    };

    private Dictionary<string, object?> Whole(object? normalizer, object? preTokenizer, object model, object decoder, Func<int, string> textOf)
    {
        var special = _vocabulary.Ids.Where(id => _vocabulary.Types[id] is GgufVocabulary.Control or GgufVocabulary.Unknown);
        var added = special.Concat(_vocabulary.Ids.Where(id => _vocabulary.Types[id] == GgufVocabulary.UserDefined)).Order();
        return new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = added.Select(id => new
            {
                id,
                content = textOf(id),
                single_word = false,
                lstrip = false,
                rstrip = false,
                normalized = false,
                special = _vocabulary.Types[id] != GgufVocabulary.UserDefined,
            }),
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = PostProcessor(),
            ["decoder"] = decoder,
            ["model"] = model,
        };
    }

    private object? PostProcessor()
    {
        var (before, after) = _vocabulary.Around(BeginsByDefault(_vocabulary));
        if (before is null && after is null)
        {
            return null;
        }

        return new
        {
            type = "TemplateProcessing",
            single = Template("A", 0),
            pair = Template("A", 0).Concat(Template("B", 1)),
            special_tokens = new[] { before, after }.OfType<int>().Distinct().ToDictionary(
                id => _vocabulary.Tokens[id], id => new { id = _vocabulary.Tokens[id], ids = new[] { id }, tokens = new[] { _vocabulary.Tokens[id] } }),
        };

        object[] Template(string sequence, int part) =>
        [
            .. Special(before, part), new { Sequence = new { id = sequence, type_id = part } }, .. Special(after, part),
        ];

        object[] Special(int? id, int part) => id is { } token ? [new { SpecialToken = new { id = _vocabulary.Tokens[token], type_id = part } }] : [];
    }
}
