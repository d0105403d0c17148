using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>fused_layers.cpp, fused_attention.cpp, fused_optimizer.cpp: several operations in one pass.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_fused_rms_norm(TensorHandle x, TensorHandle weight, double epsilon, int plusOne, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_rms_norm_linear(
        TensorHandle x, TensorHandle norm, double epsilon, int plusOne, nint* weights, nint* biases, int count, nint* results, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_swiglu_linear(TensorHandle gate, TensorHandle up, TensorHandle weight, TensorHandle bias, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_swiglu(TensorHandle gate, TensorHandle up, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_log_prob_head(TensorHandle hidden, TensorHandle weight, TensorHandle targets, long columns, long kept, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_segment_attention(
        TensorHandle q, TensorHandle k, TensorHandle v, TensorHandle cos, TensorHandle sin, long* segments, int count, double scale,
        long window, double softCap, int path, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_pack_weights(TensorHandle weight, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_packed_linear(TensorHandle input, TensorHandle packed, long outputs, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_decode(NativeDecodeBlock* blocks, int count, TensorHandle hidden, long* positions, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_choose(TensorHandle logits, double* uniforms, double temperature, long topK, double topP, long* tokens, float* logProbs, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_gradient_squares(nint* tensors, int count, out double result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_update_(NativeUpdatedTensor* tensors, int count, NativeUpdateConstants* constants, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_split_float32(TensorHandle wide, out nint high, out nint low, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_join_float32(TensorHandle high, TensorHandle low, out nint wide, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_accumulate_gradients(nint* narrow, nint* wide, int count, byte* error, long errorCapacity);
}
