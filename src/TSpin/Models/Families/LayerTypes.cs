namespace TSpin.Models.Families;

/// <summary>Reads which blocks see everything and which only a window.</summary>
internal static class LayerTypes
{
    /// <summary>True for every block that slides: by <c>layer_types</c>, or by the family's rule where the list is absent.</summary>
    public static bool[] Slides(ConfigJson json, int layers, Func<int, bool> byDefault)
    {
        if (json.Texts("layer_types") is not { } types)
        {
            return [.. Enumerable.Range(0, layers).Select(byDefault)];
        }

        if (types.Length != layers)
        {
            throw json.Fault("layer_types", $"lists {types.Length} layers but num_hidden_layers is {layers}.");
        }

        return [.. types.Select(type => type switch
        {
            "sliding_attention" => true,
            "full_attention" => false,
            _ => throw json.Fault("layer_types", $"'{type}' is unknown; known are full_attention and sliding_attention."),
        })];
    }

    /// <summary>Windows from <see cref="Slides"/>.</summary>
    public static int?[] Windows(bool[] slides, int? window) => [.. slides.Select(slide => slide ? window : null)];
}
