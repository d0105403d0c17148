using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// A decoder-only transformer. What distinguishes the families is in <see cref="DecoderConfig"/>; the blocks read it, and no family has
/// code of its own. Parameters are held in one type and may be computed with in a narrower one: with float32 parameters and
/// <see cref="ComputeType"/> bfloat16 the arithmetic reads them rounded, and training keeps them as <see cref="Float32Halves"/>, of which the arithmetic reads the upper one.
/// </summary>
public sealed partial class Decoder : IDisposable
{
    private readonly Dictionary<string, Tensor> _parameters;
    private readonly Dictionary<string, Tensor> _residues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _sums = new(StringComparer.Ordinal); // their gradients are those of narrow parameters, summed in float32
    private readonly Dictionary<RopeSettings, RotaryEmbedding> _rotaries;
    private readonly TokenEmbedding _embedding;
    private readonly DecoderBlock[] _blocks;
    private Lazy<DecodeBlocks?> _decodeBlocks;
    private readonly List<BlockTape> _tapes = [];
    private bool _ownsAdapter;

    /// <summary>Takes over a set of parameters.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="parameters">One tensor for every name of <see cref="ParameterShapes.Of"/>, perhaps without an untied head; disposed with the decoder.</param>
    /// <param name="computeType">Type of the arithmetic. Default: that of the parameters.</param>
    public Decoder(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, DType? computeType = null)
    {
        Config = config;
        HasHead = config.TieEmbeddings || parameters.ContainsKey(ParameterShapes.Head(config));
        Names = [.. ParameterShapes.Of(config).Select(shape => shape.Name).Where(name => HasHead || name != ParameterShapes.Head(config))];
        _parameters = Names.ToDictionary(name => name, name => TensorScope.Detach(parameters[name]), StringComparer.Ordinal);
        var embedding = _parameters[config.Modules.Embedding + ".weight"];
        Device = embedding.Device;
        ComputeType = computeType ?? embedding.DType;
        _rotaries = config.Ropes.OfType<RopeSettings>().Distinct().ToDictionary(settings => settings, settings => new RotaryEmbedding(settings, Device));
        _embedding = new TokenEmbedding(this);
        _blocks = [.. Enumerable.Range(0, config.LayerCount).Select(layer => new DecoderBlock(this, layer, config.Ropes[layer] is { } settings ? _rotaries[settings] : null))];
        _decodeBlocks = new Lazy<DecodeBlocks?>(() => DecodeBlocks.Of(this));
    }

    /// <summary>The shape of the model.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Parameter names in the order of the forward pass.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The parameters by name; of those in <see cref="Residues"/>, the upper halves.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>What is trained in the model's place; null trains the model itself. Stays the caller's.</summary>
    public IDecoderAdapter? Adapter
    {
        get;
        set
        {
            field = value;
            ForgetPacked();
        }
    }

    /// <summary>The parameters that training changes: the adapter's where there is one, else all.</summary>
    public IReadOnlyDictionary<string, Tensor> Trainable => Adapter?.Parameters ?? _parameters;

    /// <summary>
    /// The lower halves of float32 parameters that are trained in bfloat16, by the parameter's name (<see cref="Float32Halves"/>). Whoever changes a parameter must change both halves: optimizers
    /// do, others use <see cref="Assign"/>. Empty before <see cref="RequireGradients"/> and for parameters of any other type.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Residues => _residues;

    /// <summary>
    /// True to keep only the input of every block in a forward pass with gradients, and to compute a block again when backward comes to it (Chen et al. 2016, arXiv 1604.06174): activations of
    /// one block in place of all, for about a third more arithmetic, and the same gradients. <see cref="FinishBackward()"/> must follow backward, while the layout's tensors live. Default: false.
    /// </summary>
    public bool RecomputesBlocks { get; set; }

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
        return new Decoder(Config, Names.ToDictionary(name => name, Converted, StringComparer.Ordinal)) { Adapter = Adapter?.ForInference(type, ownMemory), _ownsAdapter = true };

        Tensor Converted(string name) => ownMemory ? Exact(name).To(type).Clone() : Exact(name).To(type);
    }

    /// <summary>A parameter as exactly as it is kept.</summary>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <returns>The parameter itself, or a new float32 tensor joined from its halves; without gradients.</returns>
    public Tensor Exact(string name) => _residues.TryGetValue(name, out var residue) ? Float32Halves.Join(_parameters[name], residue) : _parameters[name].Detach();

    /// <summary>Overwrites something that is trained.</summary>
    /// <param name="name">A name of <see cref="Trainable"/>.</param>
    /// <param name="values">Of its shape.</param>
    public void Assign(string name, Tensor values)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        ForgetPacked();
        if (Adapter is null && _residues.TryGetValue(name, out var residue))
        {
            var (high, low) = Float32Halves.Split(values.To(DType.Float32, Device));
            _parameters[name].Detach().CopyFrom(high);
            residue.CopyFrom(low);
            return;
        }

        Trainable[name].Detach().CopyFrom(values);
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
        var hidden = _embedding.Forward(ids, pass.Layout.Positions);
        if (RecomputesBlocks && pass.Cache is null && GradMode.IsOn)
        {
            var tape = new BlockTape(_blocks, pass, hidden);
            _tapes.Add(tape);
            return Normalize(Config.Modules.FinalNorm, tape.Output);
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

    /// <summary>The residual stream after the last norm for the newest token of every row, in generation: as <see cref="Hidden"/>, but all blocks in one pass where that can be.</summary>
    /// <param name="ids">N token ids.</param>
    /// <param name="positions">Their positions, which are their slots in the cache.</param>
    /// <param name="cache">The earlier tokens' keys and values; the new ones are stored in it.</param>
    /// <returns>[N, H] in <see cref="ComputeType"/>. Without gradients.</returns>
    public Tensor Next(long[] ids, long[] positions, KeyValueCache cache)
    {
        using var off = GradMode.Off();
        long rows = ids.Length;
        cache.Used = positions.Max() + 1;
        RequirePositions(cache.Used);
        var newest = Tensor.From<long>(positions, [rows, 1], Device);
        var layout = new AttentionLayout(newest, Tensor.Range(cache.Used, DType.Int64, Device).Unsqueeze(0), newest + 1);
        var tokens = Tensor.From<long>(ids, [rows, 1], Device);
        var pass = new ForwardPass(layout, cache, ComputeType);
        if (_decodeBlocks.Value is not { } blocks)
        {
            return HiddenOf(tokens, pass).Squeeze(1);
        }

        var hidden = _embedding.Forward(tokens, newest).Squeeze(1);
        blocks.Advance(hidden, positions, cache, layer => Config.Ropes[layer] is { } settings ? pass.HalfAngles(_rotaries[settings]) : null);
        return Normalize(Config.Modules.FinalNorm, hidden);
    }

    /// <summary>
    /// Takes as much memory again as the weights have, or three quarters of it in bfloat16 with AVX-512, to make <see cref="Next"/> of up to 128 rows faster, where that can be; the results are the same. Not while the weights are trained;
    /// <see cref="RequireGradients"/>, <see cref="Assign"/> and another <see cref="Adapter"/> give the memory back, whoever changes <see cref="Parameters"/> otherwise calls <see cref="ForgetPacked"/>.
    /// </summary>
    public void PackForDecoding()
    {
        if (!_parameters.Values.Any(parameter => parameter.RequiresGrad))
        {
            _decodeBlocks.Value?.Pack();
        }
    }

    /// <summary>Frees what <see cref="PackForDecoding"/> made: the weights have changed, or will.</summary>
    public void ForgetPacked()
    {
        DropDecodeBlocks();
        _decodeBlocks = new Lazy<DecodeBlocks?>(() => DecodeBlocks.Of(this));
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
    public Tensor Logits(Tensor hidden)
    {
        if (!HasHead)
        {
            throw new TSpinException(
                $"This {Config.Family} model was loaded without its output head ({ParameterShapes.Head(Config)} is not in the checkpoint, and the configuration does not tie it to the embedding), "
                + "so it has hidden states but no logits. Use a checkpoint of the causal language model, or set tie_word_embeddings if the head is the embedding.");
        }

        var logits = (_decodeBlocks.IsValueCreated ? _decodeBlocks.Value?.Logits(hidden) : null) is { } packed ? Adapted(Config.Modules.Head, hidden, packed)
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
        if (HasHead && !_parameters.ContainsKey(module + ".bias") && Config.LogitDivisor == 1 && Config.LogitSoftCap is null && Adapter?.Adapts(Config.Modules.Head) != true)
        {
            return FusedLayers.LogProbHead(hidden, Weight(module + ".weight"), targets);
        }

        return Logits(hidden).LogSoftmax(-1, ComputeType == DType.Float64 ? DType.Float64 : DType.Float32).Gather(1, targets.Unsqueeze(1)).Squeeze(1);
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        DropTapes();
        if (_ownsAdapter)
        {
            Adapter?.Dispose();
        }

        DropDecodeBlocks();
        foreach (var parameter in _parameters.Values.Concat(_residues.Values).Concat(_sums.Values))
        {
            parameter.Dispose();
        }

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

    private (Tensor Weight, Tensor? Bias) WeightAndBias(string module) => (Weight(module + ".weight"), _parameters.ContainsKey(module + ".bias") ? Weight(module + ".bias") : null);

    /// <summary>Whether a projection's weight is stored [in, out], as GPT-2's are.</summary>
    /// <param name="module">Full name.</param>
    /// <returns>True for [in, out].</returns>
    internal bool IsTransposed(string module) => Config.TransposedProjections && module != Config.Modules.Head;

    private void DropDecodeBlocks()
    {
        if (_decodeBlocks.IsValueCreated)
        {
            _decodeBlocks.Value?.Dispose();
        }
    }

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
        var parameter = _parameters[name];
        return parameter.DType == ComputeType ? parameter : parameter.To(ComputeType);
    }
}
