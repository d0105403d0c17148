using System.Text.Json.Nodes;

namespace TSpin.Models.Families;

/// <summary>A <c>model_type</c>: what its files leave unsaid, and how it differs from Llama.</summary>
internal sealed record ModelFamily
{
    public static readonly IReadOnlyList<ModelFamily> All =
    [
        LlamaFamilies.Llama, LlamaFamilies.Mistral, QwenFamilies.Qwen2, QwenFamilies.Qwen3, LlamaFamilies.SmolLm3,
        GemmaFamilies.Gemma, GemmaFamilies.Gemma2, GemmaFamilies.Gemma3Text, PhiFamily.Phi3, LlamaFamilies.Olmo2, LlamaFamilies.Granite,
        GptFamilies.Gpt2, GptFamilies.GptNeoX,
    ];

    /// <summary><c>model_type</c> in config.json.</summary>
    public required string Name { get; init; }

    /// <summary>The class that transformers loads, in <c>architectures</c>.</summary>
    public required string Architecture { get; init; }

    public FamilyDefaults Defaults { get; init; } = new();

    /// <summary>Names under which the family's files have the usual keys.</summary>
    public IReadOnlyDictionary<string, string> Keys { get; init; } = new Dictionary<string, string>();

    /// <summary>Rotary embeddings per block. Default: the same for all, from <c>rope_scaling</c> or <c>rope_parameters</c>.</summary>
    public Func<ConfigJson, DecoderConfig, FamilyDefaults, RopeSettings?[]> Ropes { get; init; } = (json, config, defaults) =>
    {
        var settings = RopeReader.Read(json, config, defaults);
        return [.. Enumerable.Repeat(settings, config.LayerCount)];
    };

    /// <summary>The family's own options, and how it differs from Llama.</summary>
    public Func<ConfigJson, DecoderConfig, DecoderConfig> Differences { get; init; } = (_, config) => config;

    /// <summary>The way back: the family's own options into config.json, under the usual keys. Heads of any number and width, and one rotary embedding, by default.</summary>
    public Action<DecoderConfig, JsonObject> Words { get; init; } = (config, json) => Heads(config, json);

    public static string KnownNames => string.Join(", ", All.Select(family => family.Name));

    public static ModelFamily Of(ConfigJson json)
    {
        var name = json.Text("model_type")
            ?? throw json.Fault("model_type", $"is missing; this is not a Hugging Face model configuration. Name the folder of a model, or state its family; known are {KnownNames}.");
        return All.FirstOrDefault(family => family.Name == name) ?? throw json.Fault("model_type", $"'{name}' is not a family this version computes; nothing is approximated. Use a model of a known family: {KnownNames}.");
    }

    /// <summary>The words of families whose heads can have any number and width and are turned alike.</summary>
    public static void Heads(DecoderConfig config, JsonObject json)
    {
        json["num_key_value_heads"] = config.KeyValueHeadCount;
        json["head_dim"] = config.HeadDimension;
        ConfigWords.Rope(config, json);
    }
}
