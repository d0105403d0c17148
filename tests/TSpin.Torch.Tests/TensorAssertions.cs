using Shouldly;

namespace TSpin.Torch.Tests;

/// <summary>What a tensor should hold, said in one line.</summary>
internal static class TensorAssertions
{
    /// <summary>Compares shape and elements, the latter as float64; a tolerance of 0 asks for equality (NaN equals NaN).</summary>
    public static void ShouldHold(this Tensor actual, long[] shape, double[] expected, double tolerance = 0)
    {
        actual.Shape.ShouldBe(shape);
        var values = actual.To(DType.Float64).ToArray<double>();
        values.Length.ShouldBe(expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var near = values[i].Equals(expected[i]) || values[i] == expected[i] || Math.Abs(values[i] - expected[i]) <= tolerance;
            near.ShouldBeTrue($"element {i} is {values[i]:R}, expected {expected[i]:R} within {tolerance}");
        }
    }

    public static void ShouldHoldBool(this Tensor actual, long[] shape, params bool[] expected)
    {
        actual.DType.ShouldBe(DType.Bool);
        actual.Shape.ShouldBe(shape);
        actual.ToArray<bool>().ShouldBe(expected);
    }

    public static void ShouldHoldInt64(this Tensor actual, long[] shape, params long[] expected)
    {
        actual.DType.ShouldBe(DType.Int64);
        actual.Shape.ShouldBe(shape);
        actual.ToArray<long>().ShouldBe(expected);
    }

    /// <summary>The raw bits of a two-byte float.</summary>
    public static ushort[] ToArrayOfBits(this Tensor tensor)
    {
        var bits = new ushort[tensor.ElementCount];
        tensor.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(bits.AsSpan()));
        return bits;
    }
}
