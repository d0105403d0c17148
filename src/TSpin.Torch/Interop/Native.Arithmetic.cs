using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>arithmetic.cpp: elementwise operations.</summary>
internal static unsafe partial class Native
{
    [LibraryImport(Library)]
    internal static partial int ts_add(TensorHandle a, TensorHandle b, double scaleB, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_mul(TensorHandle a, TensorHandle b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_div(TensorHandle a, TensorHandle b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_add_scalar(TensorHandle a, double b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_mul_scalar(TensorHandle a, double b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_pow_scalar(TensorHandle a, double exponent, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_unary(int function, TensorHandle a, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_compare(int comparison, TensorHandle a, TensorHandle b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_compare_scalar(int comparison, TensorHandle a, double b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_logical_and(TensorHandle a, TensorHandle b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_logical_or(TensorHandle a, TensorHandle b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_maximum(TensorHandle a, TensorHandle b, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_clamp(TensorHandle a, double minimum, double maximum, out nint result, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_add_(TensorHandle self, TensorHandle other, double scale, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_mul_scalar_(TensorHandle self, double factor, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_addcmul_(TensorHandle self, TensorHandle a, TensorHandle b, double value, byte* error, long errorCapacity);

    [LibraryImport(Library)]
    internal static partial int ts_addcdiv_(TensorHandle self, TensorHandle a, TensorHandle b, double value, byte* error, long errorCapacity);
}
