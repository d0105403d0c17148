using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>What an optimizer does to all parameters at once, in one pass over their memory.</summary>
public static unsafe class FusedOptimizer
{
    /// <summary>Sum of the squares of all gradients: float32 inside blocks of 4096, float64 over them, in an order that no thread changes.</summary>
    /// <param name="gradients">Any shapes; null entries count as nothing.</param>
    /// <returns>The sum.</returns>
    public static double SumOfSquares(IReadOnlyList<Tensor?> gradients)
    {
        TorchLibrary.EnsureLoaded();
        fixed (nint* first = Handles(gradients))
        {
            Native.Check(Native.ts_gradient_squares(first, gradients.Count, out var result, Native.Error, Native.ErrorCapacity));
            GC.KeepAlive(gradients);
            return result;
        }
    }

    /// <summary>
    /// One step of AdamW (Loshchilov and Hutter 2019) with torch.optim.AdamW's formula, in place: the weight decays by 1 - rate x decay and
    /// moves by rate / (1 - b1^step) x m / (sqrt(v / (1 - b2^step)) + epsilon).
    /// </summary>
    /// <param name="parameters">n tensors.</param>
    /// <param name="gradients">n tensors of the same shapes, of the same or another type.</param>
    /// <param name="firstMoments">n tensors of the same shapes, m.</param>
    /// <param name="secondMoments">n tensors of the same shapes, v.</param>
    /// <param name="copies">n tensors of the same shapes that receive the new parameters in their own type; null entries receive nothing.</param>
    /// <param name="decays">n weight decays.</param>
    /// <param name="constants">Rate and the rest.</param>
    public static void AdamW(
        IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> gradients, IReadOnlyList<Tensor> firstMoments, IReadOnlyList<Tensor> secondMoments,
        IReadOnlyList<Tensor?> copies, double[] decays, AdamWConstants constants)
    {
        TorchLibrary.EnsureLoaded();
        fixed (nint* p = Handles(parameters), g = Handles(gradients), m = Handles(firstMoments), v = Handles(secondMoments), c = Handles(copies))
        fixed (double* decay = decays)
        {
            Native.Check(Native.ts_adamw_(
                p, g, m, v, c, decay, parameters.Count, constants.LearningRate, constants.Beta1, constants.Beta2, constants.Epsilon,
                constants.GradientScale, constants.Step, Native.Error, Native.ErrorCapacity));
        }

        GC.KeepAlive((parameters, gradients, firstMoments, secondMoments, copies));
    }

    /// <summary>Moves gradients into those of wider tensors: set where there was none, else added, in the wider type.</summary>
    /// <param name="narrow">n tensors; afterwards without gradient.</param>
    /// <param name="wide">n tensors of the same shapes.</param>
    public static void MoveGradients(IReadOnlyList<Tensor> narrow, IReadOnlyList<Tensor> wide)
    {
        TorchLibrary.EnsureLoaded();
        fixed (nint* from = Handles(narrow), to = Handles(wide))
        {
            Native.Check(Native.ts_accumulate_gradients(from, to, narrow.Count, Native.Error, Native.ErrorCapacity));
        }

        GC.KeepAlive((narrow, wide));
    }

    private static nint[] Handles(IReadOnlyList<Tensor?> tensors)
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
        {
            if (tensors[i] is { } tensor)
            {
                ObjectDisposedException.ThrowIf(tensor.IsDisposed, tensor);
                handles[i] = tensor.Handle.DangerousGetHandle();
            }
        }

        return handles;
    }
}
