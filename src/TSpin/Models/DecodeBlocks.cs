using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// A decoder's blocks for one new token per row, all in one native pass. There for models on the CPU in one type whose configuration asks for nothing beyond <see cref="DecodeSupport"/>, perhaps
/// with low-rank adaptation; the others take the blocks of <see cref="DecoderBlock"/>, which give the same up to rounding.
/// </summary>
internal sealed class DecodeBlocks : IDisposable
{
    /// <summary>Rows of a step up to which packed weights are read.</summary>
    private const int MostRowsPacked = 128;

    private readonly (DecodeBlockWeights Weights, DecodeBlockConstants Constants)[] _blocks;
    private readonly List<Tensor> _views = [];
    private readonly Tensor? _head;
    private Tensor? _packedHead;
    private bool _isPacked;

    private DecodeBlocks(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, IDecoderAdapter? adapter, WeightShards? shards)
    {
        var head = config.TieEmbeddings ? config.Modules.Embedding : config.Modules.Head;
        _head = parameters.ContainsKey(head + ".bias") ? null : parameters.GetValueOrDefault(head + ".weight");
        _blocks = [.. Enumerable.Range(0, config.LayerCount).Select(layer => (OfBlock(layer), Constants(config, layer)))];

        // Parts of fused projections are views, which are made of memory that is there.
        DecodeBlockWeights OfBlock(int layer) => shards is not null && (config.Modules.QueryKeyValue ?? config.Modules.GateUp) is not null
            ? shards.WithMemory(layer, () => Weights(config, parameters, adapter, layer)) : Weights(config, parameters, adapter, layer);
    }

    /// <summary>The blocks of a model.</summary>
    /// <param name="model">The model.</param>
    /// <returns>Null where the native pass does not have what the model needs.</returns>
    public static DecodeBlocks? Of(Decoder model)
    {
        var config = model.Config;
        var isPlain = model.Device == Device.Cpu && TorchLibrary.UsesKernels && DecodeSupport.Lacks(config) is null
            && model.Parameters.Values.Concat(model.Adapter?.Parameters.Values ?? []).All(parameter => parameter.DType == model.ComputeType && parameter.IsContiguous)
            && (model.Adapter is not { } adapter || Enumerable.Range(0, config.LayerCount).SelectMany(config.Modules.Projections).All(module => !adapter.Adapts(module) || adapter.Update(module) is not null));
        return isPlain ? new DecodeBlocks(config, model.Parameters, model.Adapter, model.Weights.Shards) : null;
    }

    /// <summary>Runs all blocks.</summary>
    /// <param name="hidden">[N, H]; becomes the residual stream after the last block.</param>
    /// <param name="positions">Slot of each row's token.</param>
    /// <param name="cache">Keys and values; receives the tokens'.</param>
    /// <param name="angles">Cosines and sines of a block's rotary embedding, [N, R / 2]; null where it has none.</param>
    /// <param name="shards">Where the weights of a block are there only while it computes. Default: all are there.</param>
    public void Advance(Tensor hidden, ReadOnlySpan<long> positions, KeyValueCache cache, Func<int, (Tensor Cos, Tensor Sin)?> angles, WeightShards? shards = null)
    {
        var blocks = new DecodeBlock[_blocks.Length];
        for (var layer = 0; layer < blocks.Length; layer++)
        {
            var (keys, values) = cache.Of(layer);
            blocks[layer] = new DecodeBlock(_blocks[layer].Weights, _blocks[layer].Constants, keys, values, angles(layer));
            if (shards is not null)
            {
                shards.NeedBlock(layer);
                FusedLayers.Decode([blocks[layer]], hidden, positions);
                shards.LeaveBlock(layer);
            }
        }

        if (shards is null)
        {
            FusedLayers.Decode(blocks, hidden, positions);
        }
    }

    /// <summary>Copies the weights once in the order in which steps of few rows read them; see <see cref="FusedLayers.PackWeights"/>. Without effect where that brings nothing.</summary>
    public void Pack()
    {
        if (_isPacked)
        {
            return;
        }

        _isPacked = true;
        using var off = GradMode.Off();
        foreach (var layer in Enumerable.Range(0, _blocks.Length))
        {
            _blocks[layer].Weights = _blocks[layer].Weights.WithPacked(_views.Add);
        }

        if (_head is not null && FusedLayers.PackWeights(_head) is { } packed)
        {
            _packedHead = TensorScope.Detach(packed);
            _views.Add(packed);
        }
    }

    /// <summary>The head's product from packed weights.</summary>
    /// <param name="hidden">[N, H].</param>
    /// <returns>[N, V]; null where the weights are not packed, or another way is better for this number of rows.</returns>
    public Tensor? Logits(Tensor hidden) =>
        _packedHead is not null && !GradMode.IsOn && hidden is { Rank: 2 } && hidden.Size(0) <= MostRowsPacked ? FusedLayers.PackedLinear(hidden, _packedHead, _head!.Size(0)) : null;

    public void Dispose() => _views.ForEach(view => view.Dispose());

    private static DecodeBlockConstants Constants(DecoderConfig config, int layer) => new(
        config.HeadCount, config.NormEpsilon, config.Norm == NormKind.RootMeanSquarePlusOne, config.QueryKeyNormPerHead,
        Attention.ScaleOf(config, layer), config.Windows[layer], config.AttentionSoftCap, config.ResidualScale);

    private DecodeBlockWeights Weights(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, IDecoderAdapter? adapter, int layer)
    {
        var modules = config.Modules;
        var updates = new Dictionary<Tensor, LowRankUpdate>();
        var (queries, keys) = (config.HeadCount * config.HeadDimension, config.KeyValueHeadCount * config.HeadDimension);
        return new DecodeBlockWeights
        {
            BeforeAttention = Optional(modules.BeforeAttention, ".weight"),
            Query = Part(modules.QueryKeyValue, modules.Query, ".weight", 0, queries)!,
            Key = Part(modules.QueryKeyValue, modules.Key, ".weight", queries, keys)!,
            Value = Part(modules.QueryKeyValue, modules.Value, ".weight", queries + keys, keys)!,
            QueryBias = Part(modules.QueryKeyValue, modules.Query, ".bias", 0, queries),
            KeyBias = Part(modules.QueryKeyValue, modules.Key, ".bias", queries, keys),
            ValueBias = Part(modules.QueryKeyValue, modules.Value, ".bias", queries + keys, keys),
            QueryNorm = Optional(modules.QueryNorm, ".weight"),
            KeyNorm = Optional(modules.KeyNorm, ".weight"),
            Output = Part(null, modules.AttentionOutput, ".weight", 0, config.HiddenSize)!,
            AfterAttention = Optional(modules.AfterAttention, ".weight"),
            BeforeFeedForward = Optional(modules.BeforeFeedForward, ".weight"),
            Gate = Part(modules.GateUp, modules.Gate!, ".weight", 0, config.IntermediateSize)!,
            Up = Part(modules.GateUp, modules.Up, ".weight", config.IntermediateSize, config.IntermediateSize)!,
            Down = Part(null, modules.Down, ".weight", 0, config.HiddenSize)!,
            AfterFeedForward = Optional(modules.AfterFeedForward, ".weight"),
            Updates = updates,
        };

        Tensor? Optional(string? module, string kind) => modules.OptionalOf(layer, module) is { } name ? parameters.GetValueOrDefault(name + kind) : null;

        // A projection of its own, or rows of a fused one.
        Tensor? Part(string? fused, string alone, string kind, long first, long count)
        {
            if (Optional(fused ?? alone, kind) is not { } whole)
            {
                return null;
            }

            var part = fused is null ? whole : View(whole);
            if (part.Rank == 2 && adapter?.Update(modules.Of(layer, fused ?? alone)) is { } update)
            {
                updates.Add(part, fused is null ? update : update with { B = View(update.B) });
            }

            return part;

            Tensor View(Tensor of)
            {
                var view = TensorScope.Detach(of.Detach().Narrow(0, first, count));
                _views.Add(view);
                return view;
            }
        }
    }
}
