using TSpin.Torch;

namespace TSpin.Models;

/// <summary>The formulas that keep numbers in bounds.</summary>
internal static class Norms
{
    /// <summary>Normalizes the last dimension.</summary>
    /// <param name="kind">The formula.</param>
    /// <param name="input">[..., W].</param>
    /// <param name="weight">[W].</param>
    /// <param name="bias">[W], for layer norm.</param>
    /// <param name="epsilon">Added to the mean square or variance.</param>
    /// <returns>[..., W] in the input's type; narrow types are normalized in float32.</returns>
    public static Tensor Normalize(NormKind kind, Tensor input, Tensor weight, Tensor? bias, double epsilon)
    {
        var wide = input.DType == DType.Float64 ? DType.Float64 : DType.Float32;
        switch (kind)
        {
            case NormKind.RootMeanSquare:
                return FusedLayers.RmsNorm(input, weight, epsilon);
            case NormKind.RootMeanSquarePlusOne:
                return FusedLayers.RmsNorm(input, weight, epsilon, plusOne: true);
            case NormKind.Layer:
                var centred = input.To(wide);
                centred -= centred.Mean(-1, keep: true);
                var normal = centred * (centred.Square().Mean(-1, keep: true) + epsilon).ReciprocalSqrt();
                return ((normal * weight.To(wide)) + bias!.To(wide)).To(input.DType);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "no formula");
        }
    }

    /// <summary>cap x tanh(x / cap): nearly x where x is small, never beyond the cap.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="cap">Positive, or null for no bound.</param>
    /// <returns>As x.</returns>
    public static Tensor SoftCap(Tensor x, double? cap) => cap is { } limit ? (x / limit).Tanh() * limit : x;
}
