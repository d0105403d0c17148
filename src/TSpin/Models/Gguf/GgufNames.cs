using System.Globalization;

namespace TSpin.Models.Gguf;

/// <summary>llama.cpp's names of a decoder's tensors, from the part that a family's own name stands for.</summary>
internal sealed class GgufNames
{
    private readonly Dictionary<string, string> _parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _others = new(StringComparer.Ordinal);
    private readonly string _blockStart;

    public GgufNames(ModuleNames modules)
    {
        // llama.cpp has one name for a way up with and without the gate in it.
        Part(modules.QueryKeyValue, "attn_qkv");
        Part(modules.Query, "attn_q");
        Part(modules.Key, "attn_k");
        Part(modules.Value, "attn_v");
        Part(modules.AttentionOutput, "attn_output");
        Part(modules.QueryNorm, "attn_q_norm");
        Part(modules.KeyNorm, "attn_k_norm");
        Part(modules.Gate, "ffn_gate");
        Part(modules.Up, "ffn_up");
        Part(modules.GateUp, "ffn_up");
        Part(modules.Down, "ffn_down");
        Part(modules.BeforeAttention, "attn_norm");
        Part(modules.AfterAttention, "post_attention_norm");
        Part(modules.BeforeFeedForward, "ffn_norm");
        Part(modules.AfterFeedForward, "post_ffw_norm");
        Other(modules.Embedding, "token_embd");
        Other(modules.Positions, "position_embd");
        Other(modules.FinalNorm, "output_norm");
        Other(modules.Head, "output");
        _blockStart = modules.Block[..modules.Block.IndexOf('#', StringComparison.Ordinal)];

        void Part(string? name, string stored) => Add(_parts, name, stored);
        void Other(string? name, string stored) => Add(_others, name, stored);
        static void Add(Dictionary<string, string> names, string? name, string stored)
        {
            if (name is not null)
            {
                names[name] = stored;
            }
        }
    }

    /// <summary>The name of a parameter in the file.</summary>
    /// <param name="name">Its name in memory, with <c>.weight</c> or <c>.bias</c>.</param>
    public string Of(string name)
    {
        var dot = name.LastIndexOf('.');
        var (module, kind) = (name[..dot], name[dot..]);
        if (_others.TryGetValue(module, out var other))
        {
            return other + kind;
        }

        var layerEnd = module.IndexOf('.', _blockStart.Length);
        var layer = int.Parse(module.AsSpan(_blockStart.Length, layerEnd - _blockStart.Length), CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{_parts[module[(layerEnd + 1)..]]}{kind}");
    }

    /// <summary>Whether a parameter is a projection of queries or of keys, for those whose rows the converter reorders.</summary>
    public bool IsQueryOrKey(string name) => Of(name) is var stored && (stored.Contains(".attn_q.", StringComparison.Ordinal) || stored.Contains(".attn_k.", StringComparison.Ordinal));

    /// <summary>Whether a parameter is a projection of queries, keys and values in one.</summary>
    public bool IsFused(string name) => Of(name).Contains(".attn_qkv.", StringComparison.Ordinal);
}
