namespace TSpin.Models;

/// <summary>The parameters that a configuration calls for.</summary>
public static class ParameterShapes
{
    /// <summary>Name of the embedding, [V, H].</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>Name of the last norm, [H].</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>Name of an untied output head, [V, H].</summary>
    public const string Head = "lm_head.weight";

    /// <summary>All parameters in the order of the forward pass.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <returns>Names and shapes, each once.</returns>
    public static IEnumerable<ParameterShape> Of(DecoderConfig config)
    {
        long hidden = config.HiddenSize;
        long inner = config.IntermediateSize;
        long queries = (long)config.HeadCount * config.HeadDimension;
        long keys = (long)config.KeyValueHeadCount * config.HeadDimension;

        yield return new(Embedding, [config.VocabularySize, hidden]);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            foreach (var parameter in Projection(prefix + "self_attn.q_proj", queries, hidden, config.QueryKeyValueBias)
                .Concat(Projection(prefix + "self_attn.k_proj", keys, hidden, config.QueryKeyValueBias))
                .Concat(Projection(prefix + "self_attn.v_proj", keys, hidden, config.QueryKeyValueBias))
                .Concat(Projection(prefix + "self_attn.o_proj", hidden, queries, config.AttentionOutputBias))
                .Concat(Projection(prefix + "mlp.gate_proj", inner, hidden, config.FeedForwardBias))
                .Concat(Projection(prefix + "mlp.up_proj", inner, hidden, config.FeedForwardBias))
                .Concat(Projection(prefix + "mlp.down_proj", hidden, inner, config.FeedForwardBias)))
            {
                yield return parameter;
            }

            yield return new(prefix + "input_layernorm.weight", [hidden]);
            yield return new(prefix + "post_attention_layernorm.weight", [hidden]);
        }

        yield return new(FinalNorm, [hidden]);
        if (!config.TieEmbeddings)
        {
            yield return new(Head, [config.VocabularySize, hidden]);
        }
    }

    private static IEnumerable<ParameterShape> Projection(string name, long output, long input, bool bias)
    {
        yield return new(name + ".weight", [output, input]);
        if (bias)
        {
            yield return new(name + ".bias", [output]);
        }
    }
}
