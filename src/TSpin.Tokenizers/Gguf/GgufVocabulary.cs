using TSpin.Files;
using TSpin.Gguf;

namespace TSpin.Tokenizers.Gguf;

/// <summary>The tokens in a GGUF file (<c>tokenizer.ggml.*</c>): their texts, types and roles.</summary>
internal sealed class GgufVocabulary
{
    public const string Prefix = "tokenizer.ggml.";
    public const int Normal = 1;
    public const int Unknown = 2;
    public const int Control = 3;
    public const int UserDefined = 4;
    public const int Unused = 5;
    public const int Byte = 6;

    public GgufVocabulary(GgufFile file)
    {
        Metadata = file.Metadata;
        Tokens = Metadata.Texts(Prefix + "tokens") ?? throw Metadata.Fault(Prefix + "tokens", "is missing: the file has no vocabulary. Put the model's tokenizer.json beside it in a folder of their own.");
        Types = Metadata.Integers(Prefix + "token_type") is { } types ? [.. types.Select(Checked)] : [.. Enumerable.Repeat(Normal, Tokens.Length)];
        if (Types.Length != Tokens.Length)
        {
            throw Metadata.Fault(Prefix + "token_type", $"has {Types.Length} values for {Tokens.Length} tokens. Download the file again.");
        }
    }

    public GgufMetadata Metadata { get; }

    /// <summary>Text of every id.</summary>
    public string[] Tokens { get; }

    /// <summary>Type of every id, numbered as in sentencepiece_model.proto.</summary>
    public int[] Types { get; }

    /// <summary>The id of a role: bos, eos, pad or unk. Where the file is silent or says none, SentencePiece's own names decide.</summary>
    public int? RoleId(string role)
    {
        var key = Prefix + role switch { "pad" => "padding", "unk" => "unknown", _ => role } + "_token_id";
        if (Metadata.TokenId(key) is { } id)
        {
            return id >= 0 && id < Tokens.Length ? (int)id : throw Metadata.Fault(key, $"{id} is outside of the vocabulary's {Tokens.Length} tokens. Download the file again.");
        }

        var found = role switch
        {
            "bos" => Named("<s>", Control),
            "eos" => Named("</s>", Control),
            "unk" => Array.IndexOf(Types, Unknown),
            _ => -1,
        };
        return found >= 0 ? found : null;
    }

    /// <summary>The ids that surround a text: BOS before it and EOS after it, as <c>add_bos_token</c> and <c>add_eos_token</c> say.</summary>
    /// <param name="beginsByDefault">Whether BOS is added where the file does not say.</param>
    public (int? Before, int? After) Around(bool beginsByDefault)
    {
        return (When("add_bos_token", beginsByDefault, "bos"), When("add_eos_token", false, "eos"));

        int? When(string key, bool otherwise, string role) => (Metadata.Flag(Prefix + key) ?? otherwise) ? RoleId(role) : null;
    }

    /// <summary>The ids of tokens that a tokenizer has. Converters fill up to the embedding's rows with names of their own.</summary>
    public IEnumerable<int> Ids => Enumerable.Range(0, Tokens.Length).Where(id => !(Types[id] == Unused && Tokens[id] == $"[PAD{id}]"));

    public TSpinException Twice(string token) => Metadata.Fault(Prefix + "tokens", $"{Excerpt.Of(token)} appears twice. Download the file again.");

    private static int Checked(long type) => (int)Math.Clamp(type, int.MinValue, int.MaxValue);

    private int Named(string name, int type) => Array.FindIndex(Tokens, token => token == name) is >= 0 and var id && Types[id] == type ? id : -1;
}
