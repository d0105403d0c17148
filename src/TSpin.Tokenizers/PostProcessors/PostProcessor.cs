namespace TSpin.Tokenizers.PostProcessors;

/// <summary>The ids that are put around a text's own: before, and after.</summary>
/// <remarks>Every post-processor of tokenizers does just this to the ids of one text; the rest of it concerns offsets and pairs.</remarks>
internal sealed record PostProcessor(IReadOnlyList<PostProcessor.Part> Parts)
{
    /// <summary>Nothing around the text.</summary>
    public static PostProcessor None { get; } = new([new Part(null)]);

    /// <summary>The text with its surroundings.</summary>
    public List<int> Apply(List<int> ids)
    {
        if (Parts is [{ Ids: null }])
        {
            return ids;
        }

        var result = new List<int>(ids.Count + 4);
        foreach (var part in Parts)
        {
            result.AddRange(part.Ids ?? ids);
        }

        return result;
    }

    /// <summary>Fixed ids, or (null) the text.</summary>
    public sealed record Part(List<int>? Ids);
}
