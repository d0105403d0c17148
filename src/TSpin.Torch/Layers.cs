using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>Products and the layers a decoder is made of.</summary>
public static unsafe class Layers
{
    /// <summary>Matrix product over the last two dimensions, batched and broadcast over the rest.</summary>
    /// <param name="a">[..., M, K].</param>
    /// <param name="b">[..., K, N].</param>
    /// <returns>[..., M, N].</returns>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        Native.Check(Native.ts_matmul(a.Handle, b.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>input x weight transposed + bias.</summary>
    /// <param name="input">[..., in].</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[..., out].</returns>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null)
    {
        Native.Check(Native.ts_linear(input.Handle, weight.Handle, bias?.Handle ?? TensorHandle.None, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>Rows of a table.</summary>
    /// <param name="weight">[V, H].</param>
    /// <param name="ids">int64 [...], each in 0..V-1.</param>
    /// <returns>[..., H].</returns>
    public static Tensor Embedding(Tensor weight, Tensor ids)
    {
        Native.Check(Native.ts_embedding(weight.Handle, ids.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>Root-mean-square normalization (Zhang and Sennrich 2019): computed in float32 for narrower types, scaled by the weight in the input type, as transformers does.</summary>
    /// <param name="input">[..., H].</param>
    /// <param name="weight">[H].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <returns>[..., H].</returns>
    public static Tensor RmsNorm(Tensor input, Tensor weight, double epsilon)
    {
        Native.Check(Native.ts_rms_norm(input.Handle, weight.Handle, epsilon, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>Rotary position embedding (Su et al. 2021) in the half-split form of Hugging Face checkpoints.</summary>
    /// <param name="input">[N, heads, T, D].</param>
    /// <param name="cos">Broadcastable to the input.</param>
    /// <param name="sin">Broadcastable to the input.</param>
    /// <returns>As the input.</returns>
    public static Tensor Rotate(Tensor input, Tensor cos, Tensor sin)
    {
        Native.Check(Native.ts_rotate(input.Handle, cos.Handle, sin.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }
}
