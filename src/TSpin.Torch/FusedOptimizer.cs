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
    /// <param name="tensors">What is updated. Every entry has a first moment.</param>
    /// <param name="constants">Rate and the rest.</param>
    /// <param name="roundingSeed">Parameters of a narrow type without residue are rounded at random by it; null rounds them to the nearest. Default: null.</param>
    public static void AdamW(IReadOnlyList<UpdatedTensor> tensors, AdamWConstants constants, ulong? roundingSeed = null) =>
        Update(tensors, [.. tensors.Select(tensor => tensor.FirstMoment ?? throw new ArgumentException("AdamW needs first moments", nameof(tensors)))],
            constants.LearningRate, constants.Beta1, constants.Beta2, constants.Epsilon, constants.GradientScale, constants.Step, roundingSeed);

    /// <summary>
    /// One step of RMSprop with torch.optim.RMSprop's formula without momentum, in place: v = a v + (1 - a) g^2 with weight decay added to the gradient g, and the weight
    /// moves by rate x g / (sqrt(v) + epsilon).
    /// </summary>
    /// <param name="tensors">What is updated; first moments do not count.</param>
    /// <param name="constants">Rate and the rest.</param>
    /// <param name="roundingSeed">As for <see cref="AdamW"/>.</param>
    public static void RmsProp(IReadOnlyList<UpdatedTensor> tensors, RmsPropConstants constants, ulong? roundingSeed = null) =>
        Update(tensors, null, constants.LearningRate, 0, constants.Alpha, constants.Epsilon, constants.GradientScale, constants.Step, roundingSeed);

    private static void Update(
        IReadOnlyList<UpdatedTensor> tensors, Tensor[]? firstMoments, double rate, double beta1, double beta2, double epsilon, double gradientScale, long step, ulong? roundingSeed)
    {
        TorchLibrary.EnsureLoaded();
        double[] decays = [.. tensors.Select(tensor => tensor.Decay)];
        int[] numbers = [.. tensors.Select(tensor => tensor.Number)];
        var seed = roundingSeed.GetValueOrDefault();
        fixed (nint* p = Handles([.. tensors.Select(tensor => tensor.Parameter)]), g = Handles([.. tensors.Select(tensor => tensor.Gradient)]),
            m = firstMoments is null ? null : Handles(firstMoments), v = Handles([.. tensors.Select(tensor => tensor.SecondMoment)]),
            r = Handles([.. tensors.Select(tensor => tensor.Residue)]))
        fixed (double* decay = decays)
        fixed (int* number = numbers)
        {
            Native.Check(Native.ts_update_(
                p, g, m, v, r, decay, number, tensors.Count, rate, beta1, beta2, epsilon, gradientScale, step, roundingSeed is null ? null : &seed, Native.Error, Native.ErrorCapacity));
        }

        GC.KeepAlive(tensors);
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
