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
    public static void AdamW(IReadOnlyList<UpdatedTensor> tensors, AdamWConstants constants, ulong? roundingSeed = null)
    {
        if (tensors.Any(tensor => tensor.FirstMoment is null))
        {
            throw new ArgumentException("AdamW needs first moments", nameof(tensors));
        }

        Update(
            tensors,
            new NativeUpdateConstants
            {
                LearningRate = constants.LearningRate,
                Beta1 = constants.Beta1,
                Beta2 = constants.Beta2,
                Epsilon = constants.Epsilon,
                GradientScale = constants.GradientScale,
                Step = constants.Step,
                AdamW = 1,
            },
            roundingSeed);
    }

    /// <summary>
    /// One step of RMSprop with torch.optim.RMSprop's formula without momentum, in place: v = a v + (1 - a) g^2 with weight decay added to the gradient g, and the weight
    /// moves by rate x g / (sqrt(v) + epsilon).
    /// </summary>
    /// <param name="tensors">What is updated; first moments do not count.</param>
    /// <param name="constants">Rate and the rest.</param>
    /// <param name="roundingSeed">As for <see cref="AdamW"/>.</param>
    public static void RmsProp(IReadOnlyList<UpdatedTensor> tensors, RmsPropConstants constants, ulong? roundingSeed = null) =>
        Update(
            tensors,
            new NativeUpdateConstants
            {
                LearningRate = constants.LearningRate,
                Beta2 = constants.Alpha,
                Epsilon = constants.Epsilon,
                GradientScale = constants.GradientScale,
                Step = constants.Step,
            },
            roundingSeed);

    private static void Update(IReadOnlyList<UpdatedTensor> tensors, NativeUpdateConstants constants, ulong? roundingSeed)
    {
        TorchLibrary.EnsureLoaded();
        var all = new NativeUpdatedTensor[tensors.Count];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = new NativeUpdatedTensor
            {
                Parameter = HandleOf(tensors[i].Parameter),
                Gradient = HandleOf(tensors[i].Gradient),
                FirstMoment = constants.AdamW != 0 ? HandleOf(tensors[i].FirstMoment) : 0,
                SecondMoment = HandleOf(tensors[i].SecondMoment),
                Residue = HandleOf(tensors[i].Residue),
                Decay = tensors[i].Decay,
                Number = tensors[i].Number,
            };
        }

        var seed = roundingSeed.GetValueOrDefault();
        constants.Seed = roundingSeed is null ? null : &seed;
        fixed (NativeUpdatedTensor* first = all)
        {
            Native.Check(Native.ts_update_(first, all.Length, &constants, Native.Error, Native.ErrorCapacity));
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

    private static nint[] Handles(IReadOnlyList<Tensor?> tensors) => [.. tensors.Select(HandleOf)];

    private static nint HandleOf(Tensor? tensor)
    {
        if (tensor is null)
        {
            return 0;
        }

        ObjectDisposedException.ThrowIf(tensor.IsDisposed, tensor);
        return tensor.Handle.DangerousGetHandle();
    }
}
