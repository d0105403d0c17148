using System.Text.Json;
using TSpin.Gguf;

namespace TSpin.Tokens.Sources;

/// <summary>
/// The vocabulary in a GGUF file (<c>tokenizer.ggml.*</c>): byte-level BPE is said in the words of tokenizer.json, SentencePiece in those
/// of tokenizer.model, so that the same components serve them.
/// </summary>
internal sealed class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";
    private const int Control = 3;
    private const int UserDefined = 4;

    // Regular expressions that the names of tokenizer.ggml.pre stand for, as the models' own tokenizer.json has them.
    private const string Llama3Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2Words =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly string _path;
    private readonly GgufMetadata _metadata;
    private readonly string[] _tokens;
    private readonly long[] _types;

    public GgufVocabulary(GgufFile file)
    {
        _path = file.Path;
        _metadata = file.Metadata;
        _tokens = _metadata.Texts(Prefix + "tokens") ?? throw _metadata.Fault(Prefix + "tokens", "is missing: the file has no vocabulary. Put the model's tokenizer.json beside it in a folder of their own.");
        _types = _metadata.Integers(Prefix + "token_type") ?? [.. Enumerable.Repeat(1L, _tokens.Length)];
        if (_types.Length != _tokens.Length)
        {
            throw _metadata.Fault(Prefix + "token_type", $"has {_types.Length} values for {_tokens.Length} tokens. Download the file again.");
        }
    }

    /// <summary>The id of a role: bos, eos, pad or unk.</summary>
    public int? RoleId(string role)
    {
        var key = Prefix + role switch { "pad" => "padding", "unk" => "unknown", _ => role } + "_token_id";
        return _metadata.Integer(key) is not { } id ? null
            : id >= 0 && id < _tokens.Length ? (int)id
            : throw _metadata.Fault(key, $"{id} is outside of the vocabulary's {_tokens.Length} tokens. Download the file again.");
    }

    public TokenizerParts Read() => _metadata.Text(Prefix + "model") switch
    {
        "gpt2" => ReadByteLevel(),
        "llama" => ReadSentencePiece(),
        var other => throw _metadata.Fault(Prefix + "model", $"'{other}' is not supported; known are gpt2 (byte-level BPE) and llama (SentencePiece). Put the model's tokenizer.json beside it in a folder of their own."),
    };

    private TokenizerParts ReadByteLevel()
    {
        var pre = _metadata.Text(Prefix + "pre") ?? "";
        var merges = _metadata.Texts(Prefix + "merges") ?? throw _metadata.Fault(Prefix + "merges", "is missing. Download the file again.");
        var ids = new Dictionary<string, int>(_tokens.Length, StringComparer.Ordinal);
        for (var id = 0; id < _tokens.Length; id++)
        {
            if (!ids.TryAdd(_tokens[id], id))
            {
                throw _metadata.Fault(Prefix + "tokens", $"{Files.Excerpt.Of(_tokens[id])} appears twice. Download the file again.");
            }
        }

        var words = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true };
        var bytes = words with { use_regex = false };
        object splitter = pre switch
        {
            "gpt-2" or "phi-2" or "olmo" => words,
            "smollm" or "starcoder" or "refact" => Sequence(new { type = "Digits", individual_digits = true }, words),
            "llama-bpe" or "llama3" or "llama-v3" => Sequence(Split(Llama3Words), bytes),
            "qwen2" or "deepseek-r1-qwen" => Sequence(Split(Qwen2Words), bytes),
            _ => throw _metadata.Fault(Prefix + "pre", $"'{pre}' is not a pre-tokenizer that TSpin knows; known are gpt-2, phi-2, olmo, smollm, starcoder, refact, llama-bpe, qwen2 and deepseek-r1-qwen. Put the model's tokenizer.json beside it in a folder of their own."),
        };
        var llama3 = pre is "llama-bpe" or "llama3" or "llama-v3";
        var json = JsonSerializer.SerializeToElement(new
        {
            normalizer = pre == "qwen2" || pre == "deepseek-r1-qwen" ? new { type = "NFC" } : null,
            pre_tokenizer = splitter,
            model = new { type = "BPE", vocab = ids, merges, ignore_merges = llama3 },
            decoder = words,
            added_tokens = Enumerable.Range(0, _tokens.Length).Where(id => _types[id] is Control or UserDefined)
                .Select(id => new { id, content = _tokens[id], normalized = false, special = _types[id] == Control }),
        });
        var (before, after) = Around(beginsByDefault: llama3);
        return TokenizerJson.Read(JsonField.Of(json, _path)) with { PostProcessor = SentencePieceModel.Around(before, after) };
    }

    private TokenizerParts ReadSentencePiece()
    {
        var scores = _metadata.Numbers(Prefix + "scores") ?? throw _metadata.Fault(Prefix + "scores", "is missing. Download the file again.");
        if (scores.Length != _tokens.Length)
        {
            throw _metadata.Fault(Prefix + "scores", $"has {scores.Length} values for {_tokens.Length} tokens. Download the file again.");
        }

        // The numbers of token_type are those of sentencepiece_model.proto.
        if (Array.FindIndex(_types, type => type is < 1 or > 6) is >= 0 and var odd)
        {
            throw _metadata.Fault(Prefix + "token_type", $"{_types[odd]} (token {odd}) is not a type of token; known are 1 to 6. Download the file again.");
        }

        if (_metadata.Has(Prefix + "precompiled_charsmap"))
        {
            throw _metadata.Fault(Prefix + "precompiled_charsmap", "is not supported for a SentencePiece BPE vocabulary. Put the model's tokenizer.json beside it in a folder of their own.");
        }

        var model = SentencePieceModel.OfBpe(
            _path,
            _tokens.Select((text, id) => (text, (float)scores[id], (SentencePieceType)_types[id])),
            _metadata.Flag(Prefix + "add_space_prefix") ?? true,
            _metadata.Flag(Prefix + "remove_extra_whitespaces") ?? false);
        var added = model.ControlPieces().Select(piece => new AddedToken(piece, SingleWord: false, StripLeft: false, StripRight: false, Normalized: false, Special: true)).ToList();
        var (before, after) = Around(beginsByDefault: true);
        return model.Build(added, before, after);
    }

    private (List<int> Before, List<int> After) Around(bool beginsByDefault)
    {
        return (When("add_bos_token", beginsByDefault, "bos"), When("add_eos_token", false, "eos"));

        List<int> When(string key, bool otherwise, string role) =>
            (_metadata.Flag(Prefix + key) ?? otherwise) && RoleId(role) is { } id ? [id] : [];
    }

    private static object Sequence(params object[] parts) => new { type = "Sequence", pretokenizers = parts };

    private static object Split(string words) => new { type = "Split", pattern = new { Regex = words }, behavior = "Isolated", invert = false };
}
