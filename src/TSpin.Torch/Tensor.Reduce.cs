using TSpin.Torch.Interop;

namespace TSpin.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>Sum of all elements.</summary>
    /// <returns>A scalar tensor.</returns>
    public Tensor Sum()
    {
        Check(Native.ts_sum(Handle, null, 0, 0, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Sum over one dimension.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="keep">True keeps it with size 1.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Sum(int dimension, bool keep = false)
    {
        long size = dimension;
        Check(Native.ts_sum(Handle, &size, 1, keep ? 1 : 0, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Mean of all elements.</summary>
    /// <returns>A scalar tensor.</returns>
    public Tensor Mean()
    {
        Check(Native.ts_mean(Handle, null, 0, 0, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Mean over one dimension.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="keep">True keeps it with size 1.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Mean(int dimension, bool keep = false)
    {
        long size = dimension;
        Check(Native.ts_mean(Handle, &size, 1, keep ? 1 : 0, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Largest element along a dimension.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="keep">True keeps it with size 1.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Maximum(int dimension, bool keep = false)
    {
        Check(Native.ts_amax(Handle, dimension, keep ? 1 : 0, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Index of the largest element along a dimension; the first of equals.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <returns>int64.</returns>
    public Tensor ArgMax(int dimension)
    {
        Check(Native.ts_argmax(Handle, dimension, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>log of the sum of exponentials along a dimension, stable.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="keep">True keeps it with size 1.</param>
    /// <returns>A new tensor.</returns>
    public Tensor LogSumExp(int dimension, bool keep = false)
    {
        Check(Native.ts_logsumexp(Handle, dimension, keep ? 1 : 0, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Softmax along a dimension.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="type">Type to compute in and return. Default: the input type.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Softmax(int dimension, DType? type = null)
    {
        Check(Native.ts_softmax(Handle, dimension, type is { } chosen ? (int)chosen : -1, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Logarithm of the softmax along a dimension, in nats.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="type">Type to compute in and return. Default: the input type.</param>
    /// <returns>A new tensor.</returns>
    public Tensor LogSoftmax(int dimension, DType? type = null)
    {
        Check(Native.ts_log_softmax(Handle, dimension, type is { } chosen ? (int)chosen : -1, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Running sum along a dimension.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <returns>A new tensor.</returns>
    public Tensor CumulativeSum(int dimension)
    {
        Check(Native.ts_cumsum(Handle, dimension, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>The largest elements along a dimension, in falling order.</summary>
    /// <param name="count">How many.</param>
    /// <param name="dimension">Which dimension.</param>
    /// <returns>The values and their int64 indices.</returns>
    public (Tensor Values, Tensor Indices) TopK(long count, int dimension)
    {
        Check(Native.ts_topk(Handle, count, dimension, out var values, out var indices, Native.Error, Native.ErrorCapacity));
        return (Wrap(values), Wrap(indices));
    }

    /// <summary>Stable sort in falling order.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <returns>The values and their int64 indices.</returns>
    public (Tensor Values, Tensor Indices) SortDescending(int dimension)
    {
        Check(Native.ts_sort_descending(Handle, dimension, out var values, out var indices, Native.Error, Native.ErrorCapacity));
        return (Wrap(values), Wrap(indices));
    }

    /// <summary>Sum of the squares of all elements, accumulated in float64; null entries count as nothing.</summary>
    /// <param name="tensors">Any shapes.</param>
    /// <returns>The sum.</returns>
    public static double SumOfSquares(IReadOnlyList<Tensor?> tensors)
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

        TorchLibrary.EnsureLoaded();
        fixed (nint* first = handles)
        {
            Check(Native.ts_sum_of_squares(first, handles.Length, out var result, Native.Error, Native.ErrorCapacity));
            GC.KeepAlive(tensors);
            return result;
        }
    }

    /// <summary>Sum of products of equal-shaped tensors, accumulated in float64.</summary>
    /// <param name="other">The other tensor.</param>
    /// <returns>The sum.</returns>
    public double Dot(Tensor other)
    {
        Check(Native.ts_dot64(Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return result;
    }

    /// <summary>True when no element is NaN or infinite.</summary>
    /// <returns>Whether all are finite.</returns>
    public bool AllFinite()
    {
        Check(Native.ts_all_finite(Handle, out var finite, Native.Error, Native.ErrorCapacity));
        return finite != 0;
    }

    /// <summary>Largest absolute difference, computed in float64.</summary>
    /// <param name="other">A tensor of the same shape.</param>
    /// <returns>The difference; NaN if either holds one.</returns>
    public double MaxAbsDifference(Tensor other)
    {
        Check(Native.ts_max_abs_difference(Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return result;
    }
}
