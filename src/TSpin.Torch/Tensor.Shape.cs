using TSpin.Torch.Interop;

namespace TSpin.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>The same elements in another shape; one size may be -1 (worked out). A view where memory allows.</summary>
    /// <param name="shape">New sizes.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Reshape(params ReadOnlySpan<long> shape)
    {
        fixed (long* sizes = shape)
        {
            Check(Native.ts_reshape(Handle, sizes, shape.Length, out var result, Native.Error, Native.ErrorCapacity));
            return Wrap(result);
        }
    }

    /// <summary>Swaps two dimensions; a view.</summary>
    /// <param name="first">One dimension.</param>
    /// <param name="second">The other.</param>
    /// <returns>The view.</returns>
    public Tensor Transpose(int first, int second)
    {
        Check(Native.ts_transpose(Handle, first, second, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Adds a dimension of size 1; a view.</summary>
    /// <param name="dimension">Where the new dimension stands.</param>
    /// <returns>The view.</returns>
    public Tensor Unsqueeze(int dimension)
    {
        Check(Native.ts_unsqueeze(Handle, dimension, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Removes a dimension of size 1; a view.</summary>
    /// <param name="dimension">Which one.</param>
    /// <returns>The view.</returns>
    public Tensor Squeeze(int dimension)
    {
        Check(Native.ts_squeeze(Handle, dimension, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Repeats dimensions of size 1 without copying; -1 keeps a size.</summary>
    /// <param name="shape">New sizes.</param>
    /// <returns>The view.</returns>
    public Tensor Expand(params ReadOnlySpan<long> shape)
    {
        fixed (long* sizes = shape)
        {
            Check(Native.ts_expand(Handle, sizes, shape.Length, out var result, Native.Error, Native.ErrorCapacity));
            return Wrap(result);
        }
    }

    /// <summary>A range of one dimension; a view.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="start">First index.</param>
    /// <param name="length">Number of indices.</param>
    /// <returns>The view.</returns>
    public Tensor Narrow(int dimension, long start, long length)
    {
        Check(Native.ts_narrow(Handle, dimension, start, length, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>One index of one dimension, which disappears; a view.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="index">Which index.</param>
    /// <returns>The view.</returns>
    public Tensor Select(int dimension, long index)
    {
        Check(Native.ts_select(Handle, dimension, index, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Joins tensors along an existing dimension.</summary>
    /// <param name="tensors">At least one.</param>
    /// <param name="dimension">Along which dimension.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Concatenate(IReadOnlyList<Tensor> tensors, int dimension)
    {
        fixed (nint* handles = Handles(tensors))
        {
            Check(Native.ts_cat(handles, tensors.Count, dimension, out var result, Native.Error, Native.ErrorCapacity));
            GC.KeepAlive(tensors);
            return Wrap(result);
        }
    }

    /// <summary>Joins tensors of equal shape along a new dimension.</summary>
    /// <param name="tensors">At least one.</param>
    /// <param name="dimension">Along which dimension.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Stack(IReadOnlyList<Tensor> tensors, int dimension)
    {
        fixed (nint* handles = Handles(tensors))
        {
            Check(Native.ts_stack(handles, tensors.Count, dimension, out var result, Native.Error, Native.ErrorCapacity));
            GC.KeepAlive(tensors);
            return Wrap(result);
        }
    }

    /// <summary>Picks indices of one dimension, in the given order, repeats allowed.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="index">int64 [n].</param>
    /// <returns>A new tensor.</returns>
    public Tensor IndexSelect(int dimension, Tensor index)
    {
        Check(Native.ts_index_select(Handle, dimension, index.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Overwrites indices of one dimension, in place.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="index">int64 [n].</param>
    /// <param name="source">As this tensor, with size n in that dimension.</param>
    /// <returns>This tensor.</returns>
    public Tensor IndexCopy(int dimension, Tensor index, Tensor source)
    {
        Check(Native.ts_index_copy_(Handle, dimension, index.Handle, source.Handle, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>Writes elements along a dimension, in place: <c>this[.., index[i], ..] = source[i]</c> as torch.Tensor.scatter_.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="index">int64, shaped as the source.</param>
    /// <param name="source">The values.</param>
    /// <returns>This tensor.</returns>
    public Tensor Scatter(int dimension, Tensor index, Tensor source)
    {
        Check(Native.ts_scatter_(Handle, dimension, index.Handle, source.Handle, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>A copy with source added at the indices of one dimension; repeated indices add up. Differentiable.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="index">int64 [n].</param>
    /// <param name="source">As this tensor, with size n in that dimension.</param>
    /// <returns>A new tensor.</returns>
    public Tensor IndexAdd(int dimension, Tensor index, Tensor source)
    {
        Check(Native.ts_index_add(Handle, dimension, index.Handle, source.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Picks one element along a dimension for every element of <paramref name="index"/>.</summary>
    /// <param name="dimension">Which dimension.</param>
    /// <param name="index">int64, of the same rank.</param>
    /// <returns>A tensor shaped as the index.</returns>
    public Tensor Gather(int dimension, Tensor index)
    {
        Check(Native.ts_gather(Handle, dimension, index.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Replaces elements where the mask is true.</summary>
    /// <param name="mask">bool, broadcastable.</param>
    /// <param name="value">The replacement.</param>
    /// <returns>A new tensor.</returns>
    public Tensor MaskedFill(Tensor mask, double value)
    {
        Check(Native.ts_masked_fill(Handle, mask.Handle, value, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elements of one tensor or the other.</summary>
    /// <param name="condition">bool.</param>
    /// <param name="yes">Where true.</param>
    /// <param name="no">Where false.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Where(Tensor condition, Tensor yes, Tensor no)
    {
        Check(Native.ts_where(condition.Handle, yes.Handle, no.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Repeats every index of a dimension in place: a a b b.</summary>
    /// <param name="repeats">How often.</param>
    /// <param name="dimension">Which dimension.</param>
    /// <returns>A new tensor.</returns>
    public Tensor RepeatInterleave(long repeats, int dimension)
    {
        Check(Native.ts_repeat_interleave(Handle, repeats, dimension, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Keeps the elements on and below a diagonal of the last two dimensions, zero elsewhere.</summary>
    /// <param name="diagonal">0 is the main one, positive lies above it.</param>
    /// <returns>A new tensor.</returns>
    public Tensor LowerTriangle(long diagonal = 0)
    {
        Check(Native.ts_tril(Handle, diagonal, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }
}
