namespace TSpin.Models;

/// <summary>
/// What a <c>model_type</c> leaves unsaid in config.json and how it differs from Llama. Defaults are those of the configuration
/// classes in transformers, because published files omit keys that have one.
/// </summary>
internal sealed record ModelFamily
{
    private static readonly ModelFamily[] All =
    [
        new()
        {
            Name = "llama", IntermediateSize = 11008, MaxPositions = 2048, BiasKeys = true,
            Windows = (_, layers) => new int?[layers],
        },
        new()
        {
            Name = "mistral", IntermediateSize = 14336, KeyValueHeadCount = 8, MaxPositions = 4096 * 32,
            Windows = (json, layers) =>
            {
                // Present and null means no window; absent means the class's default.
                var window = json.Has("sliding_window") ? json.OptionalCount("sliding_window") : json.IsNull("sliding_window") ? null : 4096;
                return [.. Enumerable.Repeat(window, layers)];
            },
        },
        new()
        {
            Name = "qwen2", VocabularySize = 151936, IntermediateSize = 22016, MaxPositions = 32768, QueryKeyValueBias = true,
            Windows = Qwen2Windows,
        },
    ];

    public required string Name { get; init; }

    public int VocabularySize { get; init; } = 32000;

    public required int IntermediateSize { get; init; }

    public int? KeyValueHeadCount { get; init; }

    public required int MaxPositions { get; init; }

    public bool BiasKeys { get; init; }

    public bool QueryKeyValueBias { get; init; }

    public required Func<ConfigJson, int, int?[]> Windows { get; init; }

    public static ModelFamily Of(ConfigJson json)
    {
        var known = string.Join(", ", All.Select(family => family.Name));
        var name = json.Text("model_type")
            ?? throw json.Fault("model_type", $"is missing; this is not a Hugging Face model configuration. Known families: {known}.");
        return All.FirstOrDefault(family => family.Name == name)
            ?? throw json.Fault("model_type", $"'{name}' is not a family this version computes; nothing is approximated. Known families: {known}.");
    }

    private static int?[] Qwen2Windows(ConfigJson json, int layers)
    {
        var windows = new int?[layers];
        if (!json.Flag("use_sliding_window", false))
        {
            return windows;
        }

        int? window = json.Has("sliding_window") ? json.OptionalCount("sliding_window") : json.IsNull("sliding_window") ? null : 4096;
        var types = json.Texts("layer_types");
        if (types is not null && types.Length != layers)
        {
            throw json.Fault("layer_types", $"lists {types.Length} layers but num_hidden_layers is {layers}.");
        }

        var firstWithWindow = json.Count("max_window_layers", 28, allowZero: true);
        for (var layer = 0; layer < layers; layer++)
        {
            var slides = types?[layer] switch
            {
                "sliding_attention" => true,
                "full_attention" => false,
                null => layer >= firstWithWindow,
                var other => throw json.Fault("layer_types", $"'{other}' is unknown; known are full_attention and sliding_attention."),
            };
            windows[layer] = slides ? window : null;
        }

        return windows;
    }
}
