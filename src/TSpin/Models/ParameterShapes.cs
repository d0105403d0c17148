namespace TSpin.Models;

/// <summary>The parameters that a configuration calls for.</summary>
public static class ParameterShapes
{
    /// <summary>All parameters in the order of the forward pass.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <returns>Names and shapes, each once; the head last, if it is not tied.</returns>
    public static IEnumerable<ParameterShape> Of(DecoderConfig config)
    {
        var modules = config.Modules;
        long hidden = config.HiddenSize;

        yield return new(modules.Embedding + ".weight", [config.VocabularySize, hidden]);
        if (modules.Positions is { } positions)
        {
            yield return new(positions + ".weight", [config.MaxPositions, hidden]);
        }

        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            foreach (var parameter in Block(config).Concat(BlockNorms(config)))
            {
                yield return parameter with { Name = modules.Of(layer, parameter.Name) };
            }
        }

        foreach (var parameter in Norm(config, modules.FinalNorm, hidden))
        {
            yield return parameter;
        }

        if (!config.TieEmbeddings)
        {
            yield return new(Head(config), [config.VocabularySize, hidden]);
        }
    }

    /// <summary>Name of the untied output head's weight, [V, H].</summary>
    /// <param name="config">The shape of the model.</param>
    /// <returns>For example <c>lm_head.weight</c>.</returns>
    public static string Head(DecoderConfig config) => config.Modules.Head + ".weight";

    private static IEnumerable<ParameterShape> Block(DecoderConfig config)
    {
        var modules = config.Modules;
        long hidden = config.HiddenSize;
        long inner = config.IntermediateSize;
        long queries = (long)config.HeadCount * config.HeadDimension;
        long keys = (long)config.KeyValueHeadCount * config.HeadDimension;

        var attention = modules.QueryKeyValue is { } fused
            ? Projection(config, fused, queries + (2 * keys), hidden, config.QueryKeyValueBias)
            : [
                .. Projection(config, modules.Query, queries, hidden, config.QueryKeyValueBias),
                .. Projection(config, modules.Key, keys, hidden, config.QueryKeyValueBias),
                .. Projection(config, modules.Value, keys, hidden, config.QueryKeyValueBias),
            ];
        var up = modules.GateUp is { } both ? Projection(config, both, 2 * inner, hidden, config.FeedForwardBias)
            : modules.Gate is { } gate ? [.. Projection(config, gate, inner, hidden, config.FeedForwardBias), .. Projection(config, modules.Up, inner, hidden, config.FeedForwardBias)]
            : Projection(config, modules.Up, inner, hidden, config.FeedForwardBias);
        return
        [
            .. attention,
            .. Projection(config, modules.AttentionOutput, hidden, queries, config.AttentionOutputBias),
            .. up,
            .. Projection(config, modules.Down, hidden, inner, config.FeedForwardBias),
        ];
    }

    private static IEnumerable<ParameterShape> BlockNorms(DecoderConfig config)
    {
        var modules = config.Modules;
        long hidden = config.HiddenSize;
        long width = config.HeadDimension;
        return
        [
            .. Norm(config, modules.BeforeAttention, hidden),
            .. Norm(config, modules.QueryNorm, config.QueryKeyNormPerHead ? width : config.HeadCount * width),
            .. Norm(config, modules.KeyNorm, config.QueryKeyNormPerHead ? width : config.KeyValueHeadCount * width),
            .. Norm(config, modules.AfterAttention, hidden),
            .. Norm(config, modules.BeforeFeedForward, hidden),
            .. Norm(config, modules.AfterFeedForward, hidden),
        ];
    }

    private static IEnumerable<ParameterShape> Projection(DecoderConfig config, string name, long output, long input, bool bias)
    {
        yield return new(name + ".weight", config.TransposedProjections ? [input, output] : [output, input]);
        if (bias)
        {
            yield return new(name + ".bias", [output]) { Kind = ParameterKind.Bias };
        }
    }

    private static IEnumerable<ParameterShape> Norm(DecoderConfig config, string? name, long width)
    {
        if (name is null)
        {
            yield break;
        }

        yield return new(name + ".weight", [width]) { Kind = ParameterKind.NormScale };
        if (config.Norm == NormKind.Layer)
        {
            yield return new(name + ".bias", [width]) { Kind = ParameterKind.Bias };
        }
    }
}
