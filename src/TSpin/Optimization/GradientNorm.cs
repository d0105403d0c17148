using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>The norm of all gradients together and clipping by it, as torch.nn.utils.clip_grad_norm_.</summary>
public static class GradientNorm
{
    /// <summary>Measures the norm and says by what the gradients are to be multiplied to keep the limit.</summary>
    /// <param name="gradients">The gradients; null ones count as zero.</param>
    /// <param name="limit">Largest norm; null only measures.</param>
    /// <param name="squares">Sum of the squares of gradients that are already gone. Default: 0.</param>
    /// <returns>The norm before clipping, its blocks summed in float64, and a factor of at most 1 for <see cref="Optimizer.Step"/>; 1 where the norm is not finite.</returns>
    public static (double Norm, double Scale) Measure(IEnumerable<Tensor?> gradients, double? limit, double squares = 0)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var norm = Math.Sqrt(squares + FusedOptimizer.SumOfSquares([.. gradients]));
        return (norm, limit is { } largest && double.IsFinite(norm) ? Math.Min(1, largest / (norm + 1e-6)) : 1);
    }
}
