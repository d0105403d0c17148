using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class ErrorTests
{
    private static readonly Dictionary<string, (Action Mistake, string[] MessageParts)> Mistakes = new()
    {
        ["add"] = (() => _ = Tensor.Zeros([2, 3]) + Tensor.Zeros([4], DType.Int64), ["add(float32 [2, 3], int64 [4]): ", "must match"]),
        ["sub"] = (() => _ = Tensor.Zeros([2]) - Tensor.Zeros([3]), ["(float32 [2], float32 [3]): "]),
        ["matmul"] = (() => Layers.MatMul(Tensor.Zeros([2, 3]), Tensor.Zeros([2, 3], DType.Float64)), ["matmul(float32 [2, 3], float64 [2, 3]): "]),
        ["linear without bias"] = (() => Layers.Linear(Tensor.Zeros([1, 3]), Tensor.Zeros([2, 4])), ["linear(float32 [1, 3], float32 [2, 4], none): "]),
        ["types that do not mix"] = (() => Layers.Linear(Tensor.Zeros([1, 3]), Tensor.Zeros([2, 3], DType.BFloat16)), ["linear(float32 [1, 3], bfloat16 [2, 3], none): "]),
        ["embedding index"] = (() => Layers.Embedding(Tensor.Zeros([3, 2]), Given.Int64([2], 0, 3)), ["embedding(float32 [3, 2], int64 [2]): ", "out of range"]),
        ["negative embedding index"] = (() => Layers.Embedding(Tensor.Zeros([3, 2]), Given.Int64([1], -1)), ["embedding(", "out of range"]),
        ["embedding of floats"] = (() => Layers.Embedding(Tensor.Zeros([3, 2]), Tensor.Zeros([1])), ["embedding(float32 [3, 2], float32 [1]): "]),
        ["rms_norm"] = (() => Layers.RmsNorm(Tensor.Zeros([2, 4]), Tensor.Zeros([3]), 1e-5), ["rms_norm(float32 [2, 4], float32 [3]): "]),
        ["odd rotation"] = (() => Layers.Rotate(Tensor.Zeros([1, 1, 2, 3]), Tensor.Zeros([2, 3]), Tensor.Zeros([2, 3])), ["rotate(float32 [1, 1, 2, 3], ", "even"]),
        ["rotation of width 1"] = (() => Layers.Rotate(Tensor.Zeros([2, 1]), Tensor.Zeros([1]), Tensor.Zeros([1])), ["even"]),
        ["reshape"] = (() => Tensor.Zeros([2, 3]).Reshape(4), ["reshape(float32 [2, 3]): ", "[4]"]),
        ["transpose"] = (() => Tensor.Zeros([2, 3]).Transpose(0, 2), ["transpose(float32 [2, 3]): ", "out of range"]),
        ["expand"] = (() => Tensor.Zeros([2, 3]).Expand(4, 3), ["expand(float32 [2, 3]): "]),
        ["narrow"] = (() => Tensor.Zeros([2, 3]).Narrow(1, 2, 2), ["narrow(float32 [2, 3]): "]),
        ["select"] = (() => Tensor.Zeros([2, 3]).Select(0, 2), ["select(float32 [2, 3]): ", "out of range"]),
        ["cat"] = (() => Tensor.Concatenate([Tensor.Zeros([1, 2]), Tensor.Zeros([1, 3])], 0), ["cat(float32 [1, 2], float32 [1, 3]): "]),
        ["cat of nothing"] = (() => Tensor.Concatenate([], 0), ["cat("]),
        ["stack"] = (() => Tensor.Stack([Tensor.Zeros([1, 2]), Tensor.Zeros([2])], 0), ["stack(float32 [1, 2], float32 [2]): "]),
        ["stack of nothing"] = (() => Tensor.Stack([], 0), ["stack("]),
        ["index_select"] = (() => Tensor.Zeros([2, 3]).IndexSelect(1, Given.Int64([1], 3)), ["index_select(float32 [2, 3], int64 [1]): ", "out of"]),
        ["index_copy_"] = (() => Tensor.Zeros([2, 3]).IndexCopy(0, Given.Int64([1], 2), Tensor.Zeros([1, 3])), ["index_copy_(float32 [2, 3], int64 [1], float32 [1, 3]): "]),
        ["scatter_ index"] = (() => Tensor.Zeros([2, 3]).Scatter(1, Given.Int64([2, 1], 0, 3), Tensor.Zeros([2, 1])), ["scatter_(float32 [2, 3], int64 [2, 1], float32 [2, 1]): ", "out of bounds"]),
        ["index_add index"] = (() => Tensor.Zeros([2, 3]).IndexAdd(0, Given.Int64([1], 5), Tensor.Zeros([1, 3])), ["index_add(float32 [2, 3], int64 [1], float32 [1, 3]): "]),
        ["gather"] = (() => Tensor.Zeros([2, 3]).Gather(1, Given.Int64([2, 1], 0, 3)), ["gather(float32 [2, 3], int64 [2, 1]): ", "out of bounds"]),
        ["masked_fill"] = (() => Tensor.Zeros([2]).MaskedFill(Tensor.Zeros([2]), 1), ["masked_fill(float32 [2], float32 [2]): ", "must be bool"]),
        ["where"] = (() => Tensor.Where(Tensor.Zeros([2]), Tensor.Zeros([2]), Tensor.Zeros([2])), ["where(float32 [2], float32 [2], float32 [2]): "]),
        ["mean of integers"] = (() => Tensor.Range(3).Mean(), ["mean(int64 [3]): "]),
        ["topk"] = (() => Tensor.Zeros([2, 3]).TopK(4, 1), ["topk(float32 [2, 3]): "]),
        ["sum"] = (() => Tensor.Zeros([2, 3]).Sum(2), ["sum(float32 [2, 3]): ", "out of range"]),
        ["log_softmax"] = (() => Tensor.Zeros([2, 3]).LogSoftmax(-3), ["log_softmax(float32 [2, 3]): ", "out of range"]),
        ["gelu of integers"] = (() => Tensor.Range(2).Gelu(), ["gelu(int64 [2]): "]),
        ["compare"] = (() => Tensor.Zeros([2]).LessOrEqual(Tensor.Zeros([3])), ["le(float32 [2], float32 [3]): "]),
        ["dot64"] = (() => Tensor.Zeros([2, 3]).Dot(Tensor.Zeros([6])), ["dot64(float32 [2, 3], float32 [6]): ", "shapes differ"]),
        ["max_abs_difference"] = (() => Tensor.Zeros([2]).MaxAbsDifference(Tensor.Zeros([1])), ["max_abs_difference(", "shapes differ"]),
        ["item"] = (() => Tensor.Zeros([2]).Item(), ["item(float32 [2]): "]),
        ["data of a view"] = (() => Tensor.Zeros([2, 3]).Transpose(0, 1).DataPointer(), ["data(float32 [3, 2]): ", "contiguous"]),
        ["arange"] = (() => Tensor.Range(-1), ["arange("]),
        ["full"] = (() => Tensor.Zeros([2, -1]), ["full(", "-1"]),
        ["too few bytes"] = (() => Tensor.FromBytes(new byte[7], [2], DType.Float32), ["from_data(", "[2]", "takes 8 bytes but 7 were given"]),
        ["too many values"] = (() => Tensor.From<float>([1, 2, 3], [2]), ["takes 8 bytes but 12 were given"]),
        ["negative size"] = (() => Tensor.FromBytes(new byte[4], [-1], DType.Float32), ["[-1]", "negative"]),
        ["size beyond 64 bits"] = (() => Tensor.FromBytes(new byte[4], [1L << 40, 1L << 40], DType.Float32), ["overflows"]),
        ["size beyond memory"] = (() => Tensor.FromBytes(new byte[4], [1L << 50], DType.Float32), ["takes 4503599627370496 bytes but 4 were given"]),
        ["copy_out"] = (() => Tensor.Zeros([2]).CopyTo(new byte[9]), ["copy_out(float32 [2]): ", "8 bytes but the buffer 9"]),
        ["copy_"] = (() => Tensor.Zeros([2]).CopyFrom(Tensor.Zeros([3])), ["copy_(float32 [2], float32 [3]): "]),
        ["device"] = (() => Tensor.Zeros([2], DType.Float32, Device.Cuda(99)), ["full("]),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_names_operation_arguments_and_reason(string name)
    {
        using var scope = new TensorScope();
        var (mistake, parts) = Mistakes[name];
        var error = Should.Throw<TorchException>(mistake);
        error.ShouldBeOfType<TorchException>();
        foreach (var part in parts)
        {
            error.Message.ShouldContain(part, Case.Sensitive);
        }

        error.Message.ShouldNotContain("Exception raised from");
    }

    [Fact]
    public void Memory_that_cannot_be_had_is_its_own_exception()
    {
        using var scope = new TensorScope();
        var error = Should.Throw<TorchOutOfMemoryException>(() => Tensor.Empty([1L << 50]));
        error.Message.ShouldContain("empty(");
        Tensor.Full([2], 1).Sum().Item().ShouldBe(2);
    }

    [Fact]
    public void Wrong_element_type_names_both_and_the_cure()
    {
        using var scope = new TensorScope();
        var x = Tensor.Zeros([2], DType.BFloat16);
        Should.Throw<InvalidOperationException>(() => x.ToArray<float>()).Message.ShouldBe("a BFloat16 tensor cannot be read as Single; convert it with To(Float32) first");
        Should.Throw<InvalidOperationException>(() => x.ToArray<Half>());
        Should.Throw<InvalidOperationException>(() => Tensor.Range(2).ToArray<double>());
        Should.Throw<NotSupportedException>(() => x.ToArray<short>());
    }

    [Fact]
    public void Sizes_outside_the_rank_are_refused()
    {
        using var scope = new TensorScope();
        var x = Tensor.Zeros([2, 3]);
        Should.Throw<ArgumentOutOfRangeException>(() => x.Size(2)).Message.ShouldContain("[2, 3]");
        Should.Throw<ArgumentOutOfRangeException>(() => x.Size(-3));
        Should.Throw<ArgumentOutOfRangeException>(() => Given.Float32([], 1).Size(0));
    }

    [Fact]
    public void Disposed_tensors_are_refused_everywhere()
    {
        using var scope = new TensorScope();
        var dead = Tensor.Zeros([2]);
        dead.Dispose();
        var live = Tensor.Zeros([2]);
        Action[] uses =
        [
            () => _ = dead + live, () => _ = live + dead, () => dead.Exp(), () => dead.Item(), () => dead.ToArray<float>(), () => _ = dead.DType,
            () => _ = dead.Device, () => dead.To(DType.Float64), () => dead.Fill(1), () => live.CopyFrom(dead), () => dead.Backward(), () => dead.Grad(),
            () => Tensor.Concatenate([live, dead], 0), () => Tensor.Stack([dead], 0), () => Tensor.SumOfSquares([live, null, dead]),
            () => Layers.Linear(live, live, dead), () => dead.RequiresGrad = true, () => dead.DataPointer(), () => dead.Alias(),
        ];
        foreach (var use in uses)
        {
            Should.Throw<ObjectDisposedException>(use);
        }
    }

    [Fact]
    public void Long_messages_are_cut_to_the_buffer()
    {
        using var scope = new TensorScope();
        var shape = Enumerable.Repeat(1L, 2000).ToArray();
        var error = Should.Throw<TorchException>(() => Tensor.Full(shape, 0).Reshape(7));
        error.Message.Length.ShouldBeLessThan(4096);
    }
}
