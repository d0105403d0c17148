using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class ReductionTests
{
    private const double NaN = double.NaN;

    [Fact]
    public void Sums_and_means()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([2, 3], 1, 2, 3, 4, 5, 12);
        x.Sum().ShouldHold([], [27]);
        x.Sum(0).ShouldHold([3], [5, 7, 15]);
        x.Sum(-1, keep: true).ShouldHold([2, 1], [6, 21]);
        x.Mean().ShouldHold([], [4.5]);
        x.Mean(1).ShouldHold([2], [2, 7]);
        x.Mean(0, keep: true).ShouldHold([1, 3], [2.5, 3.5, 7.5]);
        Given.Bool([4], true, true, false, true).Sum().ShouldHoldInt64([], 3L);
        x.CumulativeSum(1).ShouldHold([2, 3], [1, 3, 6, 4, 9, 21]);
        x.CumulativeSum(0).ShouldHold([2, 3], [1, 2, 3, 5, 7, 15]);
    }

    [Fact]
    public void Largest_elements()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([2, 4], 3, 7, 7, -1, -5, -2, -9, -2);
        x.Maximum(1).ShouldHold([2], [7, -2]);
        x.Maximum(0, keep: true).ShouldHold([1, 4], [3, 7, 7, -1]);
        x.ArgMax(1).ShouldHoldInt64([2], 1, 1);
        x.ArgMax(0).ShouldHoldInt64([4], 0, 0, 0, 0);
    }

    [Fact]
    public void First_of_many_equals_wins()
    {
        using var scope = new TensorScope();
        Tensor.Zeros([3, 1000]).ArgMax(1).ShouldHoldInt64([3], 0, 0, 0);
    }

    [Fact]
    public void Sort_is_stable_and_top_k_agrees()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([1, 6], 2, 9, 2, -1, 9, 2);
        var (sorted, order) = x.SortDescending(1);
        sorted.ShouldHold([1, 6], [9, 9, 2, 2, 2, -1]);
        order.ShouldHoldInt64([1, 6], 1, 4, 0, 2, 5, 3);
        var (largest, where) = Given.Float64([2, 3], 1, 3, 2, 6, 4, 5).TopK(2, 1);
        largest.ShouldHold([2, 2], [3, 2, 6, 5]);
        where.ShouldHoldInt64([2, 2], 1, 2, 0, 2);
        var (columns, rows) = Given.Float64([2, 3], 1, 3, 2, 6, 4, 1).SortDescending(0);
        columns.ShouldHold([2, 3], [6, 4, 2, 1, 3, 1]);
        rows.ShouldHoldInt64([2, 3], 1, 1, 0, 0, 0, 1);
    }

    [Fact]
    public void Log_sum_exp_and_softmax_equal_PyTorch()
    {
        using var scope = new TensorScope();
        // PyTorch 1.13, float64.
        var x = Given.Float64([2, 3], 0.5, -1.25, 3, 2, 2, -7.5);
        x.LogSumExp(1).ShouldHold([2], [3.0919857805919686, 2.693184605774557], 1e-15);
        x.LogSumExp(1, keep: true).Shape.ShouldBe([2, 1]);
        x.Softmax(1).ShouldHold([2, 3], [0.07487121456204028, 0.01301066620537013, 0.9121181192325896, 0.49998128774285144, 0.49998128774285144, 3.74245142971614e-05], 1e-15);
        x.LogSoftmax(0).ShouldHold([2, 3], [-1.7014132779827524, -3.288041371687783, -2.7536070228768146e-05, -0.20141327798275246, -0.03804137168778304, -10.50002753607023], 1e-14);
    }

    [Fact]
    public void Softmax_stands_large_and_missing_logits()
    {
        using var scope = new TensorScope();
        var x = Given.Float32([1, 3], 1000, 1000, float.NegativeInfinity);
        x.Softmax(1).ShouldHold([1, 3], [0.5, 0.5, 0]);
        x.LogSoftmax(1).ShouldHold([1, 3], [-(float)Math.Log(2), -(float)Math.Log(2), double.NegativeInfinity], 1e-6);
        x.LogSumExp(1).ShouldHold([1], [1000.6931], 1e-4);
    }

    [Fact]
    public void Softmax_computes_in_the_type_asked_for()
    {
        using var scope = new TensorScope();
        var narrow = Given.Float32([4], 0, 1, 2, 3).To(DType.BFloat16);
        narrow.LogSoftmax(0).DType.ShouldBe(DType.BFloat16);
        var wide = narrow.LogSoftmax(0, DType.Float32);
        wide.DType.ShouldBe(DType.Float32);
        var total = Math.Log(1 + Math.Exp(1) + Math.Exp(2) + Math.Exp(3));
        wide.ShouldHold([4], [-total, 1 - total, 2 - total, 3 - total], 1e-6);
        narrow.Softmax(0, DType.Float64).DType.ShouldBe(DType.Float64);
    }

    [Fact]
    public void Sum_of_squares_of_ten_million_equal_values_is_exact()
    {
        using var scope = new TensorScope();
        const int count = 10_000_000;
        const float value = 0.1f;
        var x = Tensor.Full([count], value);
        var expected = (double)value * value * count;
        Tensor.SumOfSquares([x]).ShouldBe(expected, 1e-9 * expected);
        x.Dot(x).ShouldBe(expected, 1e-9 * expected);
    }

    [Fact]
    public void Sum_of_squares_skips_nulls_and_takes_views_and_types()
    {
        using var scope = new TensorScope();
        var x = Given.Float32([2, 3], 1, 2, 3, 4, 5, 6);
        var narrow = Given.Float32([2], 3, 4).To(DType.BFloat16);
        Tensor.SumOfSquares([x.Transpose(0, 1).Narrow(0, 0, 2), null, narrow]).ShouldBe(1 + 16 + 4 + 25 + 25);
        Tensor.SumOfSquares([]).ShouldBe(0);
        Tensor.SumOfSquares([null]).ShouldBe(0);
        Tensor.SumOfSquares([Tensor.Zeros([0])]).ShouldBe(0);
    }

    [Fact]
    public void Dot_is_accumulated_in_float64()
    {
        using var scope = new TensorScope();
        // In float32 the 1 would vanish beside 2^30.
        var a = Given.Float32([3], 32768, 1, -32768);
        var b = Given.Float32([3], 32768, 1, 32768);
        a.Dot(b).ShouldBe(1);
    }

    [Fact]
    public void Finiteness_and_largest_difference()
    {
        using var scope = new TensorScope();
        var x = Given.Float32([2, 2], 1, -2, 3, 4);
        x.AllFinite().ShouldBeTrue();
        Tensor.Zeros([0]).AllFinite().ShouldBeTrue();
        Given.Float32([2], 1, float.NaN).AllFinite().ShouldBeFalse();
        Given.Float32([2], 1, float.NegativeInfinity).AllFinite().ShouldBeFalse();
        x.MaxAbsDifference(Given.Float64([2, 2], 1, -2.5, 3.25, 4)).ShouldBe(0.5);
        x.MaxAbsDifference(x).ShouldBe(0);
        Tensor.Zeros([0]).MaxAbsDifference(Tensor.Zeros([0])).ShouldBe(0);
        x.MaxAbsDifference(Given.Float64([2, 2], 1, NaN, 3, 4)).ShouldBe(NaN);
    }
}
