using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void Reshape_keeps_row_major_order()
    {
        using var scope = new TensorScope();
        var x = Tensor.Range(6);
        x.Reshape(2, 3).ShouldHoldInt64([2, 3], 0, 1, 2, 3, 4, 5);
        x.Reshape(3, -1).ShouldHoldInt64([3, 2], 0, 1, 2, 3, 4, 5);
        x.Reshape(2, 3).Transpose(0, 1).Reshape(6).ShouldHoldInt64([6], 0, 3, 1, 4, 2, 5);
        Given.Int64([1], 8).Reshape().ShouldHoldInt64([], 8);
    }

    [Fact]
    public void Transpose_counts_dimensions_from_both_ends()
    {
        using var scope = new TensorScope();
        var x = Tensor.Range(8).Reshape(2, 2, 2);
        x.Transpose(0, -1).ShouldHoldInt64([2, 2, 2], 0, 4, 2, 6, 1, 5, 3, 7);
        x.Transpose(1, 2).ShouldHoldInt64([2, 2, 2], 0, 2, 1, 3, 4, 6, 5, 7);
    }

    [Fact]
    public void Unsqueeze_squeeze_and_expand()
    {
        using var scope = new TensorScope();
        var x = Given.Int64([2], 5, 6);
        x.Unsqueeze(0).Shape.ShouldBe([1, 2]);
        x.Unsqueeze(-1).Shape.ShouldBe([2, 1]);
        x.Unsqueeze(-1).Squeeze(1).Shape.ShouldBe([2]);
        x.Squeeze(0).Shape.ShouldBe([2]);
        x.Unsqueeze(-1).Expand(2, 3).ShouldHoldInt64([2, 3], 5, 5, 5, 6, 6, 6);
        x.Expand(2, -1).ShouldHoldInt64([2, 2], 5, 6, 5, 6);
    }

    [Fact]
    public void Narrow_and_select_are_views()
    {
        using var scope = new TensorScope();
        var x = Tensor.Range(6).Reshape(2, 3);
        var middle = x.Narrow(1, 1, 2);
        middle.ShouldHoldInt64([2, 2], 1, 2, 4, 5);
        var row = x.Select(0, -1);
        row.ShouldHoldInt64([3], 3, 4, 5);
        middle.Fill(9);
        x.ShouldHoldInt64([2, 3], 0, 9, 9, 3, 9, 9);
        row.ShouldHoldInt64([3], 3, 9, 9);
        x.Narrow(0, 1, 0).Shape.ShouldBe([0, 3]);
    }

    [Fact]
    public void Concatenate_and_stack()
    {
        using var scope = new TensorScope();
        var a = Given.Int64([1, 2], 1, 2);
        var b = Given.Int64([1, 2], 3, 4);
        Tensor.Concatenate([a, b], 0).ShouldHoldInt64([2, 2], 1, 2, 3, 4);
        Tensor.Concatenate([a, b, a], -1).ShouldHoldInt64([1, 6], 1, 2, 3, 4, 1, 2);
        Tensor.Stack([a, b], 0).ShouldHoldInt64([2, 1, 2], 1, 2, 3, 4);
        Tensor.Stack([a, b], -1).ShouldHoldInt64([1, 2, 2], 1, 3, 2, 4);
    }

    [Fact]
    public void Index_select_repeats_and_reorders()
    {
        using var scope = new TensorScope();
        var x = Tensor.Range(6).Reshape(3, 2);
        x.IndexSelect(0, Given.Int64([4], 2, 0, 2, 1)).ShouldHoldInt64([4, 2], 4, 5, 0, 1, 4, 5, 2, 3);
        x.IndexSelect(1, Given.Int64([1], 1)).ShouldHoldInt64([3, 1], 1, 3, 5);
    }

    [Fact]
    public void Index_copy_overwrites_only_what_is_named()
    {
        using var scope = new TensorScope();
        var x = Tensor.Range(6).Reshape(3, 2);
        x.IndexCopy(0, Given.Int64([2], 2, 0), Given.Int64([2, 2], 10, 11, 12, 13)).ShouldBeSameAs(x);
        x.ShouldHoldInt64([3, 2], 12, 13, 2, 3, 10, 11);
    }

    [Fact]
    public void Scatter_writes_along_one_dimension_and_index_add_adds_up()
    {
        using var scope = new TensorScope();
        var x = Tensor.Zeros([2, 3], DType.Int64);
        x.Scatter(1, Given.Int64([2, 1], 2, 0), Given.Int64([2, 1], 5, 7)).ShouldBeSameAs(x);
        x.ShouldHoldInt64([2, 3], 0, 0, 5, 7, 0, 0);
        x.IndexAdd(0, Given.Int64([3], 1, 1, 0), Given.Int64([3, 3], 1, 1, 1, 2, 2, 2, 3, 3, 3)).ShouldHoldInt64([2, 3], 3, 3, 8, 10, 3, 3);
        x.ShouldHoldInt64([2, 3], 0, 0, 5, 7, 0, 0);
    }

    [Fact]
    public void Gather_picks_along_a_dimension()
    {
        using var scope = new TensorScope();
        var x = Tensor.Range(6).Reshape(2, 3);
        x.Gather(1, Given.Int64([2, 2], 2, 0, 1, 1)).ShouldHoldInt64([2, 2], 2, 0, 4, 4);
        x.Gather(0, Given.Int64([1, 3], 1, 0, 1)).ShouldHoldInt64([1, 3], 3, 1, 5);
    }

    [Fact]
    public void Masks_choose()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([2, 2], 1, 2, 3, 4);
        var mask = Given.Bool([2], true, false);
        x.MaskedFill(mask, double.NegativeInfinity).ShouldHold([2, 2], [double.NegativeInfinity, 2, double.NegativeInfinity, 4]);
        x.ShouldHold([2, 2], [1, 2, 3, 4]);
        Tensor.Where(mask, x, -x).ShouldHold([2, 2], [1, -2, 3, -4]);
    }

    [Fact]
    public void Repeat_interleave_keeps_repeats_together()
    {
        using var scope = new TensorScope();
        var x = Given.Int64([2, 2], 1, 2, 3, 4);
        x.RepeatInterleave(2, 0).ShouldHoldInt64([4, 2], 1, 2, 1, 2, 3, 4, 3, 4);
        x.RepeatInterleave(2, 1).ShouldHoldInt64([2, 4], 1, 1, 2, 2, 3, 3, 4, 4);
    }

    [Fact]
    public void Lower_triangle_moves_with_its_diagonal()
    {
        using var scope = new TensorScope();
        var x = Tensor.Full([3, 3], 1, DType.Int64);
        x.LowerTriangle().ShouldHoldInt64([3, 3], 1, 0, 0, 1, 1, 0, 1, 1, 1);
        x.LowerTriangle(-1).ShouldHoldInt64([3, 3], 0, 0, 0, 1, 0, 0, 1, 1, 0);
        x.LowerTriangle(1).ShouldHoldInt64([3, 3], 1, 1, 0, 1, 1, 1, 1, 1, 1);
    }
}
