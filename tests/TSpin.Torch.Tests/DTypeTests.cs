using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class DTypeTests
{
    [Theory]
    [InlineData(DType.Float64, 8)]
    [InlineData(DType.Int64, 8)]
    [InlineData(DType.Float32, 4)]
    [InlineData(DType.Int32, 4)]
    [InlineData(DType.BFloat16, 2)]
    [InlineData(DType.Float16, 2)]
    [InlineData(DType.Bool, 1)]
    [InlineData(DType.UInt8, 1)]
    public void Sizes_are_those_that_libtorch_copies(DType type, int bytes)
    {
        using var scope = new TensorScope();
        type.Size().ShouldBe(bytes);
        var buffer = new byte[3 * bytes];
        Tensor.Full([3], 1, type).CopyTo(buffer);
        Tensor.FromBytes(buffer, [3], type).ShouldHold([3], [1, 1, 1]);
    }

    [Fact]
    public void Unknown_types_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => ((DType)99).Size());
        Should.Throw<NotSupportedException>(() => DTypes.Of<decimal>()).Message.ShouldContain("Decimal");
        Should.Throw<TorchException>(() => Tensor.Zeros([1], (DType)99)).Message.ShouldContain("99");
    }

    // The exact bits, worked out by hand: bfloat16 keeps 7 mantissa bits, ties go to the even neighbour.
    [Theory]
    [InlineData(0x3f800000u, 0x3f80)] // 1 exactly
    [InlineData(0x3f808000u, 0x3f80)] // tie between 0x3f80 (even) and 0x3f81: down
    [InlineData(0x3f818000u, 0x3f82)] // tie between 0x3f81 and 0x3f82 (even): up
    [InlineData(0x3f808001u, 0x3f81)] // just above the tie: up
    [InlineData(0x3f817fffu, 0x3f81)] // just below the tie: down
    [InlineData(0xbf818000u, 0xbf82)] // the same with a minus
    [InlineData(0x3fffffffu, 0x4000)] // carries into the exponent
    [InlineData(0x7f7fffffu, 0x7f80)] // the largest float32 becomes infinity
    [InlineData(0x7f800000u, 0x7f80)] // infinity
    [InlineData(0x80000000u, 0x8000)] // minus zero
    [InlineData(0x00018000u, 0x0002)] // subnormal tie
    public void Bfloat16_rounds_to_nearest_even(uint float32Bits, int bfloat16Bits)
    {
        using var scope = new TensorScope();
        var rounded = Tensor.From(new[] { BitConverter.UInt32BitsToSingle(float32Bits) }).To(DType.BFloat16);
        var bytes = new byte[2];
        rounded.CopyTo(bytes);
        ((int)BitConverter.ToUInt16(bytes)).ShouldBe(bfloat16Bits, $"{float32Bits:x8} became {BitConverter.ToUInt16(bytes):x4}");
        BitConverter.SingleToUInt32Bits(rounded.To(DType.Float32).ToArray<float>()[0]).ShouldBe((uint)bfloat16Bits << 16);
    }

    [Fact]
    public void Bfloat16_keeps_nan()
    {
        using var scope = new TensorScope();
        double.IsNaN(Tensor.From(new[] { float.NaN }).To(DType.BFloat16).Item()).ShouldBeTrue();
    }

    [Fact]
    public void Conversions_truncate_toward_zero_and_keep_what_fits()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([5], -1.75, -0.25, 0, 0.5, 3.99);
        x.To(DType.Int64).ShouldHoldInt64([5], -1, 0, 0, 0, 3);
        x.To(DType.Bool).ShouldHoldBool([5], true, true, false, true, true);
        x.To(DType.Float32).To(DType.Float64).ShouldHold([5], [-1.75, -0.25, 0, 0.5, (float)3.99]);
        Given.Bool([2], true, false).To(DType.Float32).ShouldHold([2], [1, 0]);
        Given.Bool([2], true, false).To(DType.Int64).ShouldHoldInt64([2], 1, 0);
        Given.Int64([2], 5, -6).To(DType.BFloat16).ShouldHold([2], [5, -6]);
        Given.Int64([1], (1L << 53) + 1).To(DType.Float64).ShouldHold([1], [9007199254740992]);
        Tensor.From(new[] { (Half)65504, (Half)0.1 }).To(DType.Float32).ShouldHold([2], [65504, 0.0999755859375]);
    }

    [Fact]
    public void Gradients_come_back_in_the_parameters_type()
    {
        using var scope = new TensorScope();
        var parameter = Given.Float64([3], 1, 2, 3);
        parameter.RequiresGrad = true;
        (parameter.To(DType.BFloat16) * 2).To(DType.Float32).Sum().Backward();
        var gradient = parameter.Grad()!;
        gradient.DType.ShouldBe(DType.Float64);
        gradient.ShouldHold([3], [2, 2, 2]);
    }
}
