using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// A decoder's parameters as they are kept, which may be wider than what is computed with: float32 ones that are trained in bfloat16 are kept as <see cref="Float32Halves"/>, of which the
/// arithmetic reads the upper one.
/// </summary>
public sealed class DecoderWeights : IDisposable
{
    private readonly Dictionary<string, Tensor> _parameters;
    private readonly Dictionary<string, Tensor> _residues = new(StringComparer.Ordinal);
    private TensorVersions? _versions;
    private int _replacements;

    /// <summary>Takes over parameters.</summary>
    /// <param name="names">Their names, in the order of the forward pass.</param>
    /// <param name="parameters">A tensor for each name; disposed with this.</param>
    /// <param name="shards">Where processes share the parameters, which are then its own. Default: they do not.</param>
    internal DecoderWeights(IReadOnlyList<string> names, IReadOnlyDictionary<string, Tensor> parameters, WeightShards? shards = null)
    {
        Names = names;
        Shards = shards;
        _parameters = names.ToDictionary(name => name, name => TensorScope.Detach(parameters[name]), StringComparer.Ordinal);
    }

    /// <summary>Parameter names in the order of the forward pass.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What this process keeps of parameters that several share; null where it has all. They then have no memory of their own but while a pass computes with them.</summary>
    internal WeightShards? Shards { get; }

    /// <summary>The parameters by name; of those in <see cref="Residues"/>, the upper halves.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>
    /// The lower halves of float32 parameters that are trained in bfloat16, by the parameter's name. Whoever changes a parameter must change both halves: optimizers do, others use
    /// <see cref="Assign"/>. Where processes share the parameters, the part of this one, flat. Empty before <see cref="DecoderTraining.RequireGradients"/> and for parameters of any other type.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Residues => Shards?.ResiduePieces ?? _residues;

    /// <summary>Differs from every earlier one as soon as a parameter was written to or replaced, by whomever. What is made from parameters is kept beside the version that it was made of.</summary>
    internal WeightsVersion Version => new(_replacements, (_versions ??= new TensorVersions(_parameters.Values)).Sum());

    /// <summary>A parameter as exactly as it is kept.</summary>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <returns>The parameter itself, or a new float32 tensor joined from its halves; without gradients.</returns>
    public Tensor Exact(string name) => Shards is not null ? (Shards.Fetch ?? throw new InvalidOperationException("this process has a share of the parameters alone"))(name)
        : _residues.TryGetValue(name, out var residue) ? Float32Halves.Join(_parameters[name], residue) : _parameters[name].Detach();

    /// <summary>Overwrites a parameter.</summary>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <param name="values">Of its shape.</param>
    public void Assign(string name, Tensor values)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        if (Shards is not null)
        {
            Shards.Assign(name, (begin, count) => values.Reshape(-1).Narrow(0, begin, count));
            return;
        }

        if (!_residues.TryGetValue(name, out var residue))
        {
            _parameters[name].Detach().CopyFrom(values);
            return;
        }

        var (high, low) = Float32Halves.Split(values.To(DType.Float32, residue.Device));
        _parameters[name].Detach().CopyFrom(high);
        residue.CopyFrom(low);
    }

    /// <summary>Divides float32 parameters into <see cref="Residues"/> and what <see cref="Parameters"/> then holds.</summary>
    internal void Split()
    {
        if (Shards is not null)
        {
            Shards.Split();
            foreach (var (name, parameter) in Shards.Parameters)
            {
                _parameters[name] = parameter;
            }

            _versions = null;
            _replacements++;
            return;
        }

        foreach (var name in Names.Where(name => _parameters[name].DType == DType.Float32))
        {
            using var scope = new TensorScope();
            var (high, low) = Float32Halves.Split(_parameters[name]);
            _parameters[name].Dispose();
            _parameters[name] = TensorScope.Detach(high);
            _residues.Add(name, TensorScope.Detach(low));
            _versions = null;
            _replacements++;
        }
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        if (Shards is not null)
        {
            Shards.Dispose();
            return;
        }

        foreach (var parameter in _parameters.Values.Concat(_residues.Values))
        {
            parameter.Dispose();
        }
    }
}
