namespace TSpin.Models.Families;

/// <summary>Qwen 2, 2.5 and 3.</summary>
internal static class QwenFamilies
{
    private static readonly FamilyDefaults Defaults = new()
    {
        VocabularySize = 151936,
        IntermediateSize = 22016,
        KeyValueHeadCount = 32,
        MaxPositions = 32768,
        BosId = null,
        EosId = null,
    };

    public static readonly ModelFamily Qwen2 = new()
    {
        Name = "qwen2",
        Architecture = "Qwen2ForCausalLM",
        Defaults = Defaults,
        Differences = (json, config) => config with { QueryKeyValueBias = true, Windows = Windows(json, config.LayerCount) },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.SwitchedWindow(config, json);
        },
    };

    public static readonly ModelFamily Qwen3 = new()
    {
        Name = "qwen3",
        Architecture = "Qwen3ForCausalLM",
        Defaults = Defaults with { HeadDimension = 128 },
        Differences = (json, config) => LlamaFamilies.AttentionBias(json, config) with
        {
            Windows = Windows(json, config.LayerCount),
            Modules = ModuleNames.Llama with { QueryNorm = "self_attn.q_norm", KeyNorm = "self_attn.k_norm" },
        },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.AttentionBias(config, json);
            ConfigWords.SwitchedWindow(config, json);
        },
    };

    private static int?[] Windows(ConfigJson json, int layers)
    {
        const int usualWindow = 4096;
        const int usualFirst = 28;
        var window = json.Flag("use_sliding_window", false) ? json.CountOrNull("sliding_window", usualWindow) : null;
        var first = json.Count("max_window_layers", usualFirst, allowZero: true);
        return LayerTypes.Windows(LayerTypes.Slides(json, layers, layer => layer >= first), window);
    }
}
