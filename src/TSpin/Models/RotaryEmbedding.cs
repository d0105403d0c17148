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

    /// <summary>Cosines and sines of all angles.</summary>
    /// <param name="layout">Positions of the tokens, and lengths of their sequences.</param>
    /// <param name="type">Type of the result.</param>
    /// <returns>Two tensors [N or 1, 1, T, R], the halves repeated.</returns>
    public (Tensor Cos, Tensor Sin) At(AttentionLayout layout, DType type)
    {
        var angles = layout.Positions.To(DType.Float32).Unsqueeze(-1) * (_frequencies ?? FrequenciesOf(layout.Lengths));
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

    // [N or 1, T or 1, R / 2]. Sequences of one batch have few different lengths, so each is computed once.
    private Tensor FrequenciesOf(Tensor lengths)
    {
        var byLength = new Dictionary<long, float[]>();
        var (all, half) = (lengths.ToArray<long>(), _settings.Dimensions / 2);
        var values = new float[all.Length * half];
        for (var i = 0; i < all.Length; i++)
        {
            if (!byLength.TryGetValue(all[i], out var frequencies))
            {
                frequencies = _settings.Frequencies(all[i]);
                byLength.Add(all[i], frequencies);
            }

            frequencies.CopyTo(values, i * half);
        }

        return Tensor.From<float>(values, [lengths.Size(0), lengths.Size(1), half], lengths.Device);
    }
}
