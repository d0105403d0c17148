using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>The norm of all gradients together and clipping by it, as torch.nn.utils.clip_grad_norm_.</summary>
public static class GradientNorm
{
    /// <summary>Measures the norm and scales the gradients down to the limit.</summary>
    /// <param name="parameters">The parameters; those without gradient count as zero.</param>
    /// <param name="limit">Largest norm; null only measures.</param>
    /// <returns>The norm before clipping, summed in float64. Not finite: nothing was scaled.</returns>
    public static double Clip(IEnumerable<Tensor> parameters, double? limit)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var gradients = parameters.Select(parameter => parameter.Grad()).ToArray();
        var norm = Math.Sqrt(Tensor.SumOfSquares(gradients));
        if (limit is { } largest && double.IsFinite(norm) && largest / (norm + 1e-6) is var factor && factor < 1)
        {
            foreach (var gradient in gradients)
            {
                gradient?.MultiplyInPlace(factor);
            }
        }

        return norm;
    }
}
