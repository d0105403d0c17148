using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// A decoder-only transformer of the Llama shape: RMSNorm, rotary embedding, grouped-query attention, SwiGLU. Parameters are held in one
/// type and may be computed with in a narrower one: with float32 parameters and <see cref="ComputeType"/> bfloat16 every
/// weight is rounded on the way in and its gradient arrives in float32, so the parameters are the optimizer's master copy.
/// </summary>
public sealed class Decoder : IDisposable
{
    private readonly Dictionary<string, Tensor> _parameters;
    private readonly RotaryEmbedding _rotary;

    /// <summary>Takes over a complete set of parameters.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="parameters">One tensor for every name of <see cref="ParameterShapes.Of"/>; disposed with the decoder.</param>
    /// <param name="computeType">Type of the arithmetic. Default: that of the parameters.</param>
    public Decoder(DecoderConfig config, IReadOnlyDictionary<string, Tensor> parameters, DType? computeType = null)
    {
        Config = config;
        Names = [.. ParameterShapes.Of(config).Select(shape => shape.Name)];
        _parameters = Names.ToDictionary(name => name, name => TensorScope.Detach(parameters[name]), StringComparer.Ordinal);
        Device = _parameters[ParameterShapes.Embedding].Device;
        ComputeType = computeType ?? _parameters[ParameterShapes.Embedding].DType;
        _rotary = new RotaryEmbedding(config, Device);
    }

    /// <summary>The shape of the model.</summary>
    public DecoderConfig Config { get; }

    /// <summary>Parameter names in the order of the forward pass.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The parameters by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>Where the parameters live and the arithmetic happens.</summary>
    public Device Device { get; }

    /// <summary>Type of the arithmetic; log-probabilities are float32 in any case.</summary>
    public DType ComputeType { get; }

    /// <summary>The same model with its parameters converted once, for generation: nothing is rounded again per step.</summary>
    /// <param name="type">Type of the parameters and the arithmetic.</param>
    /// <returns>A decoder that shares memory where the type is the same; dispose it before this one changes.</returns>
    public Decoder ForInference(DType type)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        return new Decoder(Config, Names.ToDictionary(name => name, name => _parameters[name].Detach().To(type), StringComparer.Ordinal));
    }

    /// <summary>Turns gradients for all parameters on or off.</summary>
    /// <param name="required">True to train.</param>
    public void RequireGradients(bool required)
    {
        foreach (var parameter in _parameters.Values)
        {
            parameter.RequiresGrad = required;
        }
    }

    /// <summary>The residual stream after the last norm.</summary>
    /// <param name="ids">Token ids, int64 [N, T].</param>
    /// <param name="layout">Positions of these tokens and what they see.</param>
    /// <param name="cache">Earlier tokens' keys and values; the new ones are stored in it. Null in training.</param>
    /// <returns>[N, T, H] in <see cref="ComputeType"/>.</returns>
    public Tensor Hidden(Tensor ids, AttentionLayout layout, KeyValueCache? cache = null)
    {
        var (cos, sin) = _rotary.At(layout.Positions, ComputeType);
        var hidden = Layers.Embedding(Weight(ParameterShapes.Embedding), ids);                        // (N, T, H)
        for (var layer = 0; layer < Config.LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            hidden += Attention(layer, Norm(hidden, prefix + "input_layernorm.weight"), cos, sin, layout, cache);
            hidden += FeedForward(prefix + "mlp.", Norm(hidden, prefix + "post_attention_layernorm.weight"));
        }

        return Norm(hidden, ParameterShapes.FinalNorm);
    }

    /// <summary>The output head: scores of every token of the vocabulary.</summary>
    /// <param name="hidden">[..., H], from <see cref="Hidden"/>.</param>
    /// <returns>[..., V] in <see cref="ComputeType"/>.</returns>
    public Tensor Logits(Tensor hidden) => Layers.Linear(hidden, Weight(Config.TieEmbeddings ? ParameterShapes.Embedding : ParameterShapes.Head));

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        foreach (var parameter in _parameters.Values)
        {
            parameter.Dispose();
        }

        _rotary.Dispose();
    }

    private Tensor Attention(int layer, Tensor input, Tensor cos, Tensor sin, AttentionLayout layout, KeyValueCache? cache)
    {
        var prefix = $"model.layers.{layer}.self_attn.";
        var (rows, length) = (input.Size(0), input.Size(1));
        long groups = Config.KeyValueHeadCount;
        long perGroup = Config.HeadCount / Config.KeyValueHeadCount;
        long width = Config.HeadDimension;

        var query = Layers.Rotate(Heads(prefix + "q_proj", input, Config.HeadCount), cos, sin);        // (N, heads, T, D)
        var key = Layers.Rotate(Heads(prefix + "k_proj", input, Config.KeyValueHeadCount), cos, sin);   // (N, KV, T, D)
        var value = Heads(prefix + "v_proj", input, Config.KeyValueHeadCount);
        if (cache is not null)
        {
            (key, value) = cache.Store(layer, layout.Positions, key, value);                            // (N, KV, Used, D)
        }

        // The query heads of a group stand in rows under one another, so keys and values are used where they lie, never repeated.
        query = (query * (1 / Math.Sqrt(width))).Reshape(rows, groups, perGroup * length, width);
        var scores = Layers.MatMul(query, key.Transpose(2, 3)).Reshape(rows, groups, perGroup, length, -1);
        scores += layout.Bias(Config.Windows[layer], scores.DType);
        var weights = scores.Softmax(-1, ComputeType == DType.Float64 ? DType.Float64 : DType.Float32).To(ComputeType);
        var mixed = Layers.MatMul(weights.Reshape(rows, groups, perGroup * length, -1), value)          // (N, KV, perGroup*T, D)
            .Reshape(rows, Config.HeadCount, length, width).Transpose(1, 2).Reshape(rows, length, Config.HeadCount * width);
        return Project(prefix + "o_proj", mixed);
    }

    private Tensor FeedForward(string prefix, Tensor input) =>
        Project(prefix + "down_proj", Project(prefix + "gate_proj", input).Silu() * Project(prefix + "up_proj", input));

    private Tensor Heads(string name, Tensor input, long heads) =>
        Project(name, input).Reshape(input.Size(0), input.Size(1), heads, Config.HeadDimension).Transpose(1, 2);

    private Tensor Project(string name, Tensor input) =>
        Layers.Linear(input, Weight(name + ".weight"), _parameters.ContainsKey(name + ".bias") ? Weight(name + ".bias") : null);

    private Tensor Norm(Tensor input, string name) => Layers.RmsNorm(input, Weight(name), Config.NormEpsilon);

    private Tensor Weight(string name)
    {
        var parameter = _parameters[name];
        return parameter.DType == ComputeType ? parameter : parameter.To(ComputeType);
    }
}
