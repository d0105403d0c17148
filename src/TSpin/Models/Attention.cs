using TSpin.Torch;

namespace TSpin.Models;

/// <summary>The attention of one block: heads from the projections, rotary turns, the cache, and the mix of values.</summary>
internal sealed class Attention
{
    private readonly Decoder _model;
    private readonly int _layer;
    private readonly RotaryEmbedding? _rotary;
    private readonly string _query;
    private readonly string _key;
    private readonly string _value;
    private readonly string? _queryKeyValue;
    private readonly string? _queryNorm;
    private readonly string? _keyNorm;
    private readonly string _output;
    private readonly double _scale;

    public Attention(Decoder model, int layer, RotaryEmbedding? rotary)
    {
        _model = model;
        _layer = layer;
        _rotary = rotary;
        var modules = Config.Modules;
        _query = modules.Of(layer, modules.Query);
        _key = modules.Of(layer, modules.Key);
        _value = modules.Of(layer, modules.Value);
        _queryKeyValue = modules.OptionalOf(layer, modules.QueryKeyValue);
        _queryNorm = modules.OptionalOf(layer, modules.QueryNorm);
        _keyNorm = modules.OptionalOf(layer, modules.KeyNorm);
        _output = modules.Of(layer, modules.AttentionOutput);
        _scale = ScaleOf(Config, layer);
    }

    /// <summary>What the scores of a block are multiplied by.</summary>
    public static double ScaleOf(DecoderConfig config, int layer) => (config.AttentionScale ?? 1 / Math.Sqrt(config.HeadDimension)) / (config.AttentionScaleByLayer ? layer + 1 : 1);

    private DecoderConfig Config => _model.Config;

    /// <summary>What the block's attention adds to the residual stream, before any norm of it.</summary>
    /// <param name="input">[N, T, H].</param>
    /// <param name="norm">What the input goes through first, by the module's full name, or null.</param>
    /// <param name="pass">What all blocks of this forward pass share.</param>
    /// <returns>[N, T, H].</returns>
    public Tensor Forward(Tensor input, string? norm, ForwardPass pass)
    {
        var (query, key, value) = Heads(input, norm);                                                         // (N, heads or KV, T, D)
        if (pass.Layout.Segments is { } segments)
        {
            var half = _rotary is null ? ((Tensor, Tensor)?)null : pass.HalfAngles(_rotary);
            if (pass.Cache is { } prompts)
            {
                // The cache holds keys that are turned already.
                (query, key, half) = _rotary is null ? (query, key, half) : (_rotary.Turn(query, pass.Angles(_rotary)), _rotary.Turn(key, pass.Angles(_rotary)), null);
                prompts.Store(_layer, segments, pass.Layout.CacheRows!, key, value);
            }

            var mixed = FusedLayers.SegmentAttention(
                ByToken(query), ByToken(key), ByToken(value), half, segments, _scale, Config.Windows[_layer], Config.AttentionSoftCap);
            return _model.Project(_output, mixed.Reshape(1, input.Size(1), -1));
        }

        if (_rotary is not null)
        {
            var angles = pass.Angles(_rotary);
            (query, key) = (_rotary.Turn(query, angles), _rotary.Turn(key, angles));
        }

        if (pass.Cache is { } cache)
        {
            (key, value) = cache.Store(_layer, pass.Layout.Positions, key, value);                      // (N, KV, Used, D)
        }

        return _model.Project(_output, Mix(query, key, value, pass.Layout));
    }

    // [1, heads, T, D] as [T, heads, D].
    private static Tensor ByToken(Tensor heads) => heads.Squeeze(0).Transpose(0, 1);

    // Softmax attention: [N, heads, T, D] queries over [N, KV, S, D] keys and values give [N, T, heads x D].
    private Tensor Mix(Tensor query, Tensor key, Tensor value, AttentionLayout layout)
    {
        var (rows, length) = (query.Size(0), query.Size(2));
        long groups = Config.KeyValueHeadCount;
        long perGroup = Config.HeadCount / Config.KeyValueHeadCount;
        long width = Config.HeadDimension;

        // The query heads of a group stand in rows under one another, so keys and values are used where they lie, never repeated.
        query = (query * _scale).Reshape(rows, groups, perGroup * length, width);
        var scores = Layers.MatMul(query, key.Transpose(2, 3)).Reshape(rows, groups, perGroup, length, -1);
        scores = Norms.SoftCap(scores, Config.AttentionSoftCap);
        scores += layout.Bias(Config.Windows[_layer], scores.DType);
        var weights = scores.Softmax(-1, _model.ComputeType == DType.Float64 ? DType.Float64 : DType.Float32).To(_model.ComputeType);
        return Layers.MatMul(weights.Reshape(rows, groups, perGroup * length, -1), value)               // (N, KV, perGroup*T, D)
            .Reshape(rows, Config.HeadCount, length, width).Transpose(1, 2).Reshape(rows, length, Config.HeadCount * width);
    }

    // Queries, keys and values by heads, q and k normalized where the family does so.
    private (Tensor Query, Tensor Key, Tensor Value) Heads(Tensor input, string? norm)
    {
        if (_queryKeyValue is null)
        {
            var projected = _model.Project([_query, _key, _value], input, norm);
            return (
                Split(Normalized(_queryNorm, projected[0]), Config.HeadCount),
                Split(Normalized(_keyNorm, projected[1]), Config.KeyValueHeadCount),
                Split(projected[2], Config.KeyValueHeadCount));
        }

        var all = _model.Project([_queryKeyValue], input, norm)[0];
        long width = Config.HeadDimension;
        if (Config.InterleavedQueryKeyValue)
        {
            var heads = all.Reshape(input.Size(0), input.Size(1), Config.HeadCount, 3 * width).Transpose(1, 2);   // (N, heads, T, 3 D)
            return (heads.Narrow(-1, 0, width), heads.Narrow(-1, width, width), heads.Narrow(-1, 2 * width, width));
        }

        var (queries, keys) = (Config.HeadCount * width, Config.KeyValueHeadCount * width);
        return (
            Split(all.Narrow(-1, 0, queries), Config.HeadCount),
            Split(all.Narrow(-1, queries, keys), Config.KeyValueHeadCount),
            Split(all.Narrow(-1, queries + keys, keys), Config.KeyValueHeadCount));
    }

    // [N, T, heads x D] in and out.
    private Tensor Normalized(string? norm, Tensor projected)
    {
        if (norm is null)
        {
            return projected;
        }

        return Config.QueryKeyNormPerHead
            ? _model.Normalize(norm, projected.Reshape(projected.Size(0), projected.Size(1), -1, Config.HeadDimension)).Reshape(projected.Shape)
            : _model.Normalize(norm, projected);
    }

    private Tensor Split(Tensor projected, long heads) =>
        projected.Reshape(projected.Size(0), projected.Size(1), heads, Config.HeadDimension).Transpose(1, 2);
}
