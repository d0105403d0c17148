using TSpin.Torch;

namespace TSpin.Models;

/// <summary>Turns queries and keys by the angles of one <see cref="RopeSettings"/>.</summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private readonly RopeSettings _settings;
    private readonly Tensor? _frequencies;

    public RotaryEmbedding(RopeSettings settings, Device device)
    {
        _settings = settings;
        if (settings.Scaling is not { DependsOnLength: true })
        {
            _frequencies = TensorScope.Detach(Tensor.From(settings.Frequencies(0), device));
        }
    }

    /// <summary>Pairs of numbers of a head that are turned, R / 2.</summary>
    public long Pairs => _settings.Dimensions / 2;

    /// <summary>True when the frequencies change with the length of the sequence.</summary>
    public bool DependsOnLength => _frequencies is null;

    /// <summary>Cosines and sines of all angles.</summary>
    /// <param name="layout">Positions of the tokens, and lengths of their sequences.</param>
    /// <param name="type">Type of the result.</param>
    /// <param name="ofLengths">Float32 [N or 1, T or 1, R / 2]: <see cref="FrequenciesOf"/> the layout's lengths, where they depend on them. Default: those lengths are waited for.</param>
    /// <returns>Two tensors [N or 1, 1, T, R], the halves repeated.</returns>
    public (Tensor Cos, Tensor Sin) At(AttentionLayout layout, DType type, Tensor? ofLengths = null)
    {
        var angles = layout.Positions.To(DType.Float32).Unsqueeze(-1) * (_frequencies ?? ofLengths ?? TableOf(layout.Lengths));
        var both = Tensor.Concatenate([angles, angles], -1).Unsqueeze(1);
        var (cos, sin) = (both.Cos(), both.Sin());
        return _settings.Scaling?.AttentionFactor is { } factor and not 1 ? ((cos * factor).To(type), (sin * factor).To(type)) : (cos.To(type), sin.To(type));
    }

    /// <summary>Turns the first R numbers of every head.</summary>
    /// <param name="heads">[N, heads, T, D].</param>
    /// <param name="angles">From <see cref="At"/>.</param>
    /// <returns>As the heads.</returns>
    public Tensor Turn(Tensor heads, (Tensor Cos, Tensor Sin) angles)
    {
        var (turned, width) = (_settings.Dimensions, heads.Size(-1));
        return turned == width
            ? Layers.Rotate(heads, angles.Cos, angles.Sin)
            : Tensor.Concatenate([Layers.Rotate(heads.Narrow(-1, 0, turned), angles.Cos, angles.Sin), heads.Narrow(-1, turned, width - turned)], -1);
    }

    public void Dispose() => _frequencies?.Dispose();

    /// <summary>Frequencies of some sequences' tokens.</summary>
    /// <param name="lengths">Tokens of each.</param>
    /// <returns>R / 2 numbers for each.</returns>
    public float[] FrequenciesOf(ReadOnlySpan<long> lengths)
    {
        // Sequences of one batch have few different lengths, so each is computed once.
        var byLength = new Dictionary<long, float[]>();
        var values = new float[lengths.Length * Pairs];
        for (var i = 0; i < lengths.Length; i++)
        {
            if (!byLength.TryGetValue(lengths[i], out var frequencies))
            {
                frequencies = _settings.Frequencies(lengths[i]);
                byLength.Add(lengths[i], frequencies);
            }

            frequencies.CopyTo(values, i * Pairs);
        }

        return values;
    }

    // [N or 1, T or 1, R / 2].
    private Tensor TableOf(Tensor lengths) =>
        Tensor.From<float>(FrequenciesOf(lengths.ToArray<long>()), [lengths.Size(0), lengths.Size(1), Pairs], lengths.Device);
}
