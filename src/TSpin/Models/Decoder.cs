using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// A decoder-only transformer. What distinguishes the families is in <see cref="DecoderConfig"/>; the blocks read it, and no family has
/// code of its own. Here is the forward pass; <see cref="Weights"/> are the parameters, <see cref="Training"/> is the way back, and a <see cref="DecodeSession"/> goes on token by token.
/// </summary>
public sealed class Decoder : IDisposable
{
    private readonly Dictionary<RopeSettings, RotaryEmbedding> _rotaries;
    private readonly TokenEmbedding _embedding;
    private readonly DecoderBlock[] _blocks;
    private (WeightsVersion Version, DecodeBlocks? Blocks)? _decodeBlocks;
    private TensorVersions? _adapterVersions;
    private int _adapters;
    private bool _ownsAdapter;

    /// <summary>Takes over a set of parameters.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="parameters">One tensor for every name of <see cref="ParameterShapes.Of"/>, perhaps without an untied head; disposed with the decoder.</param>
    /// <param name="computeType">Type of the arithmetic. Default: that of the parameters.</param>
    public Decoder(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, DType? computeType = null)
        : this(config, parameters, computeType, null)
    {
    }

    /// <summary>A model of which this process has a share.</summary>
    internal Decoder(DecoderConfig config, WeightShards shards, DType? computeType = null)
        : this(config, shards.Parameters, computeType, shards)
    {
    }

    private Decoder(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, DType? computeType, WeightShards? shards)
    {
        Config = config;
        HasHead = config.TieEmbeddings || parameters.ContainsKey(ParameterShapes.Head(config));
        Weights = new DecoderWeights([.. ParameterShapes.Of(config).Select(shape => shape.Name).Where(name => HasHead || name != ParameterShapes.Head(config))], parameters, shards);
        Training = new DecoderTraining(this);
        var embedding = Parameters[config.Modules.Embedding + ".weight"];
        Device = embedding.Device;
        ComputeType = computeType ?? embedding.DType;
        _rotaries = config.Ropes.OfType<RopeSettings>().Distinct().ToDictionary(settings => settings, settings => new RotaryEmbedding(settings, Device));
        _embedding = new TokenEmbedding(this);
        _blocks = [.. Enumerable.Range(0, config.LayerCount).Select(layer => new DecoderBlock(this, layer, config.Ropes[layer] is { } settings ? _rotaries[settings] : null))];
    }

    /// <summary>The shape of the model.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The parameters as they are kept.</summary>
    public DecoderWeights Weights { get; }

    /// <summary>What of the model is trained, and its gradients.</summary>
    public DecoderTraining Training { get; }

    /// <summary><see cref="DecoderWeights.Parameters"/>.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => Weights.Parameters;

    /// <summary>What is trained in the model's place; null trains the model itself. Stays the caller's.</summary>
    public IDecoderAdapter? Adapter
    {
        get;
        set
        {
            field = value;
            _adapters++;
            _adapterVersions = value is null ? null : new TensorVersions(value.Parameters.Values);
        }
    }

    /// <summary>False for a body alone, which has hidden states but no logits.</summary>
    public bool HasHead { get; }

    /// <summary>True where a prompt's tokens do not depend on the length of what follows, so that several responses may share a packed prompt.</summary>
    public bool SharesPrompts => !_rotaries.Keys.Any(settings => settings.Scaling is { DependsOnLength: true });

    /// <summary>Where the parameters live and the arithmetic happens.</summary>
    public Device Device { get; }

    /// <summary>Type of the arithmetic; log-probabilities are float32 in any case.</summary>
    public DType ComputeType { get; }

    /// <summary>The same model with its parameters converted once, for generation: nothing is rounded again per step.</summary>
    /// <param name="type">Type of the parameters and the arithmetic.</param>
    /// <param name="ownMemory">Whether the copy stays as it is when this model is trained. Default: false, they share memory where the type is the same; dispose it before this one changes.</param>
    /// <returns>A decoder without gradients.</returns>
    public Decoder ForInference(DType type, bool ownMemory = false)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        if (Weights.Shards is { } shards)
        {
            return new Decoder(Config, new WeightShards(shards, type, ownMemory)) { Adapter = Adapter?.ForInference(type, ownMemory), _ownsAdapter = true };
        }

        return new Decoder(Config, Weights.Names.ToDictionary(name => name, Converted, StringComparer.Ordinal)) { Adapter = Adapter?.ForInference(type, ownMemory), _ownsAdapter = true };

        Tensor Converted(string name) => ownMemory ? Weights.Exact(name).To(type).Clone() : Weights.Exact(name).To(type);
    }

    /// <summary>The residual stream after the last norm.</summary>
    /// <param name="ids">Token ids, int64 [N, T].</param>
    /// <param name="layout">Positions of these tokens and what they see.</param>
    /// <param name="cache">Earlier tokens' keys and values; the new ones are stored in it. Null in training.</param>
    /// <returns>[N, T, H] in <see cref="ComputeType"/>.</returns>
    public Tensor Hidden(Tensor ids, AttentionLayout layout, KeyValueCache? cache = null)
    {
        _embedding.Require(layout.Positions);
        return HiddenOf(ids, new ForwardPass(layout, cache, ComputeType));
    }

    /// <summary>As the other, for positions that <see cref="RequirePositions"/> has seen.</summary>
    internal Tensor HiddenOf(Tensor ids, ForwardPass pass)
    {
        if (Weights.Shards is { } shards)
        {
            return HiddenOfShares(ids, pass, shards);
        }

        var hidden = _embedding.Forward(ids, pass.Layout.Positions);
        if (Training.StopsAtBlocks && pass.Cache is null && GradMode.IsOn)
        {
            return Normalize(Config.Modules.FinalNorm, Training.Record(_blocks, pass, hidden));
        }

        foreach (var block in _blocks)
        {
            // Handles of what happens inside a block would keep its activations longer than the graph does.
            using var scope = new TensorScope();
            var next = scope.Keep(block.Forward(hidden, pass));
            hidden.Dispose();
            hidden = next;
        }

        return Normalize(Config.Modules.FinalNorm, hidden);
    }

    // As above, where each block's parameters are there while it computes.
    private Tensor HiddenOfShares(Tensor ids, ForwardPass pass, WeightShards shards)
    {
        shards.BeginPass();
        try
        {
            var hidden = GatheredHidden(ids, pass, shards);
            shards.EndPass();
            return Normalize(Config.Modules.FinalNorm, hidden);
        }
        catch
        {
            shards.AbortPass();
            throw;
        }
    }

    private Tensor GatheredHidden(Tensor ids, ForwardPass pass, WeightShards shards)
    {
        shards.NeedBefore();
        var hidden = _embedding.Forward(ids, pass.Layout.Positions);
        shards.LeaveBefore();
        if (pass.Cache is null && GradMode.IsOn)
        {
            hidden = Training.Record(_blocks, pass, hidden);
        }
        else
        {
            foreach (var (layer, block) in _blocks.Index())
            {
                using var scope = new TensorScope();
                shards.NeedBlock(layer);
                var next = scope.Keep(block.Forward(hidden, pass));
                shards.LeaveBlock(layer);
                hidden.Dispose();
                hidden = next;
            }
        }

        shards.NeedAfter();
        return hidden;
    }

    /// <summary>As the other, for one token per row, all blocks in one native pass: [N, H].</summary>
    internal Tensor HiddenOf(Tensor ids, ForwardPass pass, DecodeBlocks blocks, ReadOnlySpan<long> positions)
    {
        var shards = Weights.Shards;
        shards?.BeginPass();
        try
        {
            shards?.NeedBefore();
            var hidden = _embedding.Forward(ids, pass.Layout.Positions).Squeeze(1);
            shards?.LeaveBefore();
            blocks.Advance(hidden, positions, pass.Cache!, layer => Config.Ropes[layer] is { } settings ? pass.HalfAngles(_rotaries[settings]) : null, shards);
            shards?.NeedAfter();
            shards?.EndPass();
            return Normalize(Config.Modules.FinalNorm, hidden);
        }
        catch
        {
            shards?.AbortPass();
            throw;
        }
    }

    /// <summary>The native pass over the weights as they are now; null where they need the blocks of training. Made anew, and not packed, when the weights have changed.</summary>
    internal DecodeBlocks? DecodeBlocks()
    {
        var version = Weights.Version + new WeightsVersion(_adapters, _adapterVersions?.Sum() ?? 0);
        if (_decodeBlocks?.Version != version)
        {
            FreeDecodeBlocks();
            _decodeBlocks = (version, Models.DecodeBlocks.Of(this));
        }

        return _decodeBlocks?.Blocks;
    }

    /// <summary>Gives back the memory of packed weights, which nobody will need soon.</summary>
    internal void FreeDecodeBlocks()
    {
        _decodeBlocks?.Blocks?.Dispose();
        _decodeBlocks = null;
    }

    /// <summary>The model's rotary embeddings, each once.</summary>
    internal IEnumerable<RotaryEmbedding> Rotaries => _rotaries.Values;

    /// <summary>Checks that sequences are not longer than the positions that the model has learned, where it has learned some.</summary>
    /// <param name="longest">Tokens of the longest sequence.</param>
    /// <exception cref="TSpinException">They are.</exception>
    internal void RequirePositions(long longest) => _embedding.Require(longest);

    /// <summary>The output head: scores of every token of the vocabulary.</summary>
    /// <param name="hidden">[..., H], from <see cref="Hidden"/>.</param>
    /// <returns>[..., V] in <see cref="ComputeType"/>.</returns>
    /// <exception cref="TSpinException">The model has no output head; see <see cref="HasHead"/>.</exception>
    public Tensor Logits(Tensor hidden) => Logits(hidden, null);

    /// <summary>As the other, with the head's product where that is there already.</summary>
    internal Tensor Logits(Tensor hidden, Tensor? product)
    {
        if (!HasHead)
        {
            throw new TSpinException(
                $"This {Config.Family} model was loaded without its output head ({ParameterShapes.Head(Config)} is not in the checkpoint, and the configuration does not tie it to the embedding), "
                + "so it has hidden states but no logits. Use a checkpoint of the causal language model, or set tie_word_embeddings if the head is the embedding.");
        }

        var logits = product is not null ? Adapted(Config.Modules.Head, hidden, product)
            : Config.TieEmbeddings ? Adapted(Config.Modules.Head, hidden, Layers.Linear(hidden, Weight(Config.Modules.Embedding + ".weight"))) : Project(Config.Modules.Head, hidden);
        return Norms.SoftCap(Config.LogitDivisor == 1 ? logits : logits / Config.LogitDivisor, Config.LogitSoftCap);
    }

    /// <summary>Log-probabilities of given next tokens, without holding all logits where the head is a plain product.</summary>
    /// <param name="hidden">[R, H], from <see cref="Hidden"/>.</param>
    /// <param name="targets">Token ids, int64 [R].</param>
    /// <returns>[R] in nats, float32, or float64 for a float64 model.</returns>
    /// <exception cref="TSpinException">The model has no output head; see <see cref="HasHead"/>.</exception>
    public Tensor TokenLogProbs(Tensor hidden, Tensor targets)
    {
        var module = Config.TieEmbeddings ? Config.Modules.Embedding : Config.Modules.Head;
        if (HasHead && !Parameters.ContainsKey(module + ".bias") && Config.LogitDivisor == 1 && Config.LogitSoftCap is null && Adapter?.Adapts(Config.Modules.Head) != true)
        {
            return FusedLayers.LogProbHead(hidden, Weight(module + ".weight"), targets);
        }

        return Logits(hidden).LogSoftmax(-1, ComputeType == DType.Float64 ? DType.Float64 : DType.Float32).Gather(1, targets.Unsqueeze(1)).Squeeze(1);
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        Training.Free();
        FreeDecodeBlocks();
        if (_ownsAdapter)
        {
            Adapter?.Dispose();
        }

        Weights.Dispose();
        foreach (var rotary in _rotaries.Values)
        {
            rotary.Dispose();
        }
    }

    /// <summary>A linear layer. Every projection of the model goes through here, by the module's full name.</summary>
    /// <param name="module">For example <c>model.layers.0.mlp.up_proj</c>.</param>
    /// <param name="input">[..., in].</param>
    /// <returns>[..., out].</returns>
    internal Tensor Project(string module, Tensor input)
    {
        var (weight, bias) = WeightAndBias(module);
        return Adapted(module, input, Layers.Linear(input, IsTransposed(module) ? weight.Transpose(0, 1) : weight, bias));
    }

    /// <summary>Linear layers that read the same norm, of which training keeps nothing where the kernels can compute it again.</summary>
    /// <param name="modules">For example q_proj, k_proj and v_proj, by full name.</param>
    /// <param name="input">[..., in].</param>
    /// <param name="norm">The norm's full name, or null for none.</param>
    /// <returns>[..., out] of each.</returns>
    internal Tensor[] Project(IReadOnlyList<string> modules, Tensor input, string? norm)
    {
        if (norm is not null && IsTrained && Config.Norm != NormKind.Layer && !modules.Any(IsTransposed))
        {
            return FusedLayers.RmsNormLinear(input, Weight(norm + ".weight"), Config.NormEpsilon, Config.Norm == NormKind.RootMeanSquarePlusOne, [.. modules.Select(WeightAndBias)]);
        }

        var normal = norm is null ? input : Normalize(norm, input);
        return [.. modules.Select(module => Project(module, normal))];
    }

    /// <summary>A linear layer of <see cref="FusedLayers.SwiGlu"/>, of which training keeps nothing where the kernels can compute it again.</summary>
    /// <param name="module">Full name.</param>
    /// <param name="gate">[..., in].</param>
    /// <param name="up">[..., in].</param>
    /// <returns>[..., out].</returns>
    internal Tensor ProjectSwiGlu(string module, Tensor gate, Tensor up)
    {
        if (!IsTrained || IsTransposed(module))
        {
            return Project(module, FusedLayers.SwiGlu(gate, up));
        }

        var (weight, bias) = WeightAndBias(module);
        return FusedLayers.SwiGluLinear(gate, up, weight, bias);
    }

    // An adapter reads what its layer reads, so with one nothing can be left out.
    private bool IsTrained => Adapter is null && GradMode.IsOn;

    private (Tensor Weight, Tensor? Bias) WeightAndBias(string module) => (Weight(module + ".weight"), Parameters.ContainsKey(module + ".bias") ? Weight(module + ".bias") : null);

    /// <summary>Whether a projection's weight is stored [in, out], as GPT-2's are.</summary>
    /// <param name="module">Full name.</param>
    /// <returns>True for [in, out].</returns>
    internal bool IsTransposed(string module) => Config.TransposedProjections && module != Config.Modules.Head;

    // Nothing needs the addends in backward, and each is as large as the sum: those of a whole block beside their sums would leave holes between what is kept.
    private Tensor Adapted(string module, Tensor input, Tensor output)
    {
        if (Adapter?.Adapts(module) != true)
        {
            return output;
        }

        using var delta = Adapter.Delta(module, input);
        using var same = delta.To(output.DType);
        return output.AddInPlace(same);
    }

    /// <summary>A norm, by the module's full name.</summary>
    /// <param name="module">For example <c>model.norm</c>.</param>
    /// <param name="input">[..., W].</param>
    /// <returns>[..., W].</returns>
    internal Tensor Normalize(string module, Tensor input) =>
        Norms.Normalize(Config.Norm, input, Weight(module + ".weight"), Config.Norm == NormKind.Layer ? Weight(module + ".bias") : null, Config.NormEpsilon);

    /// <summary>A parameter in the type of the arithmetic.</summary>
    internal Tensor Weight(string name)
    {
        var parameter = Parameters[name];
        return parameter.DType == ComputeType ? parameter : parameter.To(ComputeType);
    }
}
