using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class ArithmeticTests
{
    [Fact]
    public void Four_operators_broadcast()
    {
        using var scope = new TensorScope();
        var a = Given.Float64([2, 3], 1, 2, 3, 4, 5, 6);
        var row = Given.Float64([3], 10, 20, -30);
        var column = Given.Float64([2, 1], 2, 4);
        (a + row).ShouldHold([2, 3], [11, 22, -27, 14, 25, -24]);
        (a - row).ShouldHold([2, 3], [-9, -18, 33, -6, -15, 36]);
        (a * column).ShouldHold([2, 3], [2, 4, 6, 16, 20, 24]);
        (a / column).ShouldHold([2, 3], [0.5, 1, 1.5, 1, 1.25, 1.5]);
        (column * row).ShouldHold([2, 3], [20, 40, -60, 40, 80, -120]);
    }

    [Fact]
    public void Four_operators_with_a_number()
    {
        using var scope = new TensorScope();
        var a = Given.Float32([2], 3, -4);
        (a + 0.5).ShouldHold([2], [3.5, -3.5]);
        (a - 0.5).ShouldHold([2], [2.5, -4.5]);
        (a * -2).ShouldHold([2], [-6, 8]);
        (a / 4).ShouldHold([2], [0.75, -1]);
        (a + 0.5).DType.ShouldBe(DType.Float32);
    }

    [Fact]
    public void Types_are_promoted_as_in_PyTorch()
    {
        using var scope = new TensorScope();
        var whole = Given.Int64([2], 3, 4);
        (whole + Given.Float32([2], 0.5f, 0.5f)).DType.ShouldBe(DType.Float32);
        (Given.Float32([1], 1) + Given.Float64([1], 1)).DType.ShouldBe(DType.Float64);
        (Given.Float32([1], 1) * Given.Float32([1], 1).To(DType.BFloat16)).DType.ShouldBe(DType.Float32);
        (whole / Given.Int64([2], 2, 8)).ShouldHold([2], [1.5, 0.5]);
        (whole - Given.Int64([2], 1, 1)).ShouldHoldInt64([2], 2, 3);
    }

    [Fact]
    public void Whole_numbers_keep_integers_whole()
    {
        using var scope = new TensorScope();
        const long beyondFloat32 = (1L << 24) + 1;
        var x = Given.Int64([2], beyondFloat32, -7);
        (x + 1).ShouldHoldInt64([2], beyondFloat32 + 1, -6);
        (x - 1).ShouldHoldInt64([2], beyondFloat32 - 1, -8);
        (x * 3).ShouldHoldInt64([2], beyondFloat32 * 3, -21);
        x.Clamp(0, beyondFloat32 + 5).ShouldHoldInt64([2], beyondFloat32, 0);
        x.Pow(2).ShouldHoldInt64([2], beyondFloat32 * beyondFloat32, 49);
        x.EqualTo(beyondFloat32 - 1).ShouldHoldBool([2], false, false);
        x.EqualTo(beyondFloat32).ShouldHoldBool([2], true, false);
        x.Clone().AddInPlace(Given.Int64([2], 1, 1), 2).ShouldHoldInt64([2], beyondFloat32 + 2, -5);
        x.Clone().MultiplyInPlace(2).ShouldHoldInt64([2], beyondFloat32 * 2, -14);
        x.Clone().AddProductInPlace(x, x, 1).ShouldHoldInt64([2], beyondFloat32 + (beyondFloat32 * beyondFloat32), 42);
    }

    [Fact]
    public void A_fraction_turns_integers_into_float32()
    {
        using var scope = new TensorScope();
        var x = Given.Int64([2], 3, 4);
        (x + 0.5).DType.ShouldBe(DType.Float32);
        (x + 0.5).ShouldHold([2], [3.5, 4.5]);
        (x * 0.5).ShouldHold([2], [1.5, 2]);
        (x / 2).ShouldHold([2], [1.5, 2]);
        x.Greater(3.5).ShouldHoldBool([2], false, true);
    }

    [Fact]
    public void Bfloat16_sums_are_rounded_to_eight_bits()
    {
        using var scope = new TensorScope();
        var sum = Given.Float32([1], 256).To(DType.BFloat16) + Given.Float32([1], 1).To(DType.BFloat16);
        sum.DType.ShouldBe(DType.BFloat16);
        sum.ShouldHold([1], [256]);
    }

    [Fact]
    public void Comparisons_with_tensors_and_numbers()
    {
        using var scope = new TensorScope();
        var a = Given.Float64([4], 1, 2, 3, double.NaN);
        var b = Given.Float64([4], 2, 2, 2, 2);
        a.Less(b).ShouldHoldBool([4], true, false, false, false);
        a.LessOrEqual(b).ShouldHoldBool([4], true, true, false, false);
        a.Greater(b).ShouldHoldBool([4], false, false, true, false);
        a.GreaterOrEqual(b).ShouldHoldBool([4], false, true, true, false);
        a.EqualTo(b).ShouldHoldBool([4], false, true, false, false);
        a.NotEqualTo(b).ShouldHoldBool([4], true, false, true, true);
        a.Less(2).ShouldHoldBool([4], true, false, false, false);
        a.LessOrEqual(2).ShouldHoldBool([4], true, true, false, false);
        a.Greater(2).ShouldHoldBool([4], false, false, true, false);
        a.GreaterOrEqual(2).ShouldHoldBool([4], false, true, true, false);
        a.EqualTo(2).ShouldHoldBool([4], false, true, false, false);
        a.NotEqualTo(2).ShouldHoldBool([4], true, false, true, true);
    }

    [Fact]
    public void Logic_follows_the_truth_tables()
    {
        using var scope = new TensorScope();
        var a = Given.Bool([2, 1], false, true);
        var b = Given.Bool([2], false, true);
        a.LogicalAnd(b).ShouldHoldBool([2, 2], false, false, false, true);
        a.LogicalOr(b).ShouldHoldBool([2, 2], false, true, true, true);
    }

    [Fact]
    public void Larger_of_two_passes_nan_on()
    {
        using var scope = new TensorScope();
        Tensor.Maximum(Given.Float64([3], 1, 5, double.NaN), Given.Float64([3], 2, 4, 0)).ShouldHold([3], [2, 5, double.NaN]);
    }

    [Fact]
    public void In_place_operations_change_the_tensor_and_return_it()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([3], 1, 2, 3);
        var a = Given.Float64([3], 2, 4, 6);
        var b = Given.Float64([3], 1, 2, 4);
        x.AddInPlace(a, -0.5).ShouldBeSameAs(x);
        x.ShouldHold([3], [0, 0, 0]);
        x.AddInPlace(a).ShouldHold([3], [2, 4, 6]);
        x.MultiplyInPlace(0.5).ShouldHold([3], [1, 2, 3]);
        x.AddProductInPlace(a, b, 10).ShouldHold([3], [21, 82, 243]);
        x.AddQuotientInPlace(a, b, -1).ShouldHold([3], [19, 80, 241.5]);
    }
}
