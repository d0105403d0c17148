using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Rotary position embedding (Su et al. 2021): the angle of position p and pair i is p x theta^(-2i/D). The frequencies are float32 as
/// transformers computes them; scaled variants (llama3, yarn, ...) will differ here only.
/// </summary>
public sealed class RotaryEmbedding : IDisposable
{
    private readonly Tensor _frequencies;

    /// <summary>Computes the frequencies.</summary>
    /// <param name="config">Gives D and theta.</param>
    /// <param name="device">Where the angles are needed.</param>
    public RotaryEmbedding(DecoderConfig config, Device device)
    {
        var frequencies = new float[config.HeadDimension / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1f / (float)Math.Pow(config.RopeTheta, (float)(2 * i) / config.HeadDimension);
        }

        _frequencies = TensorScope.Detach(Tensor.From(frequencies, device));
    }

    /// <summary>Cosines and sines of all angles.</summary>
    /// <param name="positions">int64 [N or 1, T].</param>
    /// <param name="type">Type of the result.</param>
    /// <returns>Two tensors [N or 1, 1, T, D], the halves repeated.</returns>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, DType type)
    {
        var angles = positions.To(DType.Float32).Unsqueeze(-1) * _frequencies;
        var both = Tensor.Concatenate([angles, angles], -1).Unsqueeze(1);
        return (both.Cos().To(type), both.Sin().To(type));
    }

    /// <summary>Frees the frequencies.</summary>
    public void Dispose() => _frequencies.Dispose();
}
