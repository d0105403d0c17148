using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>Products of large matrices, forward and backward, against the same in float64, whose products are libtorch's own.</summary>
public sealed class MatrixProductTests
{
    // Rows, depth, outputs: tails of rows (6 or 12), columns (8, 16 or 32) and stretches of the depth (256 numbers, or 384 units), several tasks, rows of a multiple of 2 KiB.
    private static readonly (long Rows, long Depth, long Outputs)[] Shapes =
    [
        (1, 1, 1), (1, 64, 33), (2, 3, 31), (11, 5, 32), (13, 31, 65), (129, 384, 96), (130, 385, 31), (250, 770, 40), (37, 1550, 385), (1100, 40, 50), (60, 512, 70), (61, 1024, 129), (300, 70, 800), (24, 2, 1025),
    ];

    public static TheoryData<long, long, long, DType> Cases()
    {
        var data = new TheoryData<long, long, long, DType>();
        foreach (var (rows, depth, outputs) in Shapes)
        {
            data.Add(rows, depth, outputs, DType.Float32);
            data.Add(rows, depth, outputs, DType.BFloat16);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Linear_layers_and_their_gradients_equal_float64(long rows, long depth, long outputs, DType type)
    {
        using var scope = new TensorScope();
        var (x, w, b, g) = (Draw([rows, depth], type, 1), Draw([outputs, depth], type, 2), Draw([outputs], type, 3), Draw([rows, outputs], type, 4));

        Compare(type, [x, w], x => Layers.Linear(x[0], x[1]), g);
        Compare(type, [x, w, b], x => Layers.Linear(x[0], x[1], x[2]), g);
        // Stored the other way round, as GPT-2's weights are; and rows that lie apart.
        Compare(type, [x, Draw([depth, outputs], type, 5)], x => Layers.Linear(x[0], x[1].Transpose(0, 1)), g);
        Compare(type, [Draw([rows, depth + 3], type, 6), w], x => Layers.Linear(x[0].Narrow(1, 1, depth), x[1]), g);
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void A_gradient_that_is_one_number_everywhere_is_read_as_such(DType type)
    {
        using var scope = new TensorScope();
        var (x, w) = (Draw([40, 36], type, 1), Draw([50, 36], type, 2));
        x.RequiresGrad = w.RequiresGrad = true;

        Layers.Linear(x, w).Sum().Backward();

        Error(x.Grad()!, w.Detach().To(DType.Float64).Sum(0).Unsqueeze(0).Expand(40, 36)).ShouldBeLessThan(Tolerance(type));
        Error(w.Grad()!, x.Detach().To(DType.Float64).Sum(0).Unsqueeze(0).Expand(50, 36)).ShouldBeLessThan(Tolerance(type));
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void Only_the_gradients_that_are_wanted_are_made(DType type)
    {
        using var scope = new TensorScope();
        var (x, w, b) = (Draw([40, 36], type, 1), Draw([50, 36], type, 2), Draw([50], type, 3));
        w.RequiresGrad = true;
        Layers.Linear(x, w, b).Square().Sum().Backward();
        (x.Grad(), b.Grad()).ShouldBe((null, null));
        w.Grad().ShouldNotBeNull();

        var (y, frozen) = (Draw([40, 36], type, 1), Draw([50, 36], type, 2));
        y.RequiresGrad = true;
        Layers.Linear(y, frozen).Square().Sum().Backward();
        frozen.Grad().ShouldBeNull();
        y.Grad().ShouldNotBeNull();
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void Products_do_not_depend_on_the_number_of_threads(DType type)
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels && (type == DType.BFloat16 || TorchLibrary.KernelSet != "portable"), "these products are libtorch's");
        using var scope = new TensorScope();
        var before = TorchLibrary.Threads;
        try
        {
            var results = new[] { 1, 2, 3 }.Select(Run).ToArray();
            results[1].ShouldBe(results[0]);
            results[2].ShouldBe(results[0]);
        }
        finally
        {
            TorchLibrary.Threads = before;
        }

        double[] Run(int threads)
        {
            TorchLibrary.Threads = threads;
            var (x, w) = (Draw([700, 600], type, 1), Draw([900, 600], type, 2));
            x.RequiresGrad = w.RequiresGrad = true;
            var y = Layers.Linear(x, w);
            (y * Draw([700, 900], type, 3)).Sum().Backward();
            return [.. Values(y), .. Values(x.Grad()!), .. Values(w.Grad()!)];
        }
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void Layers_that_read_one_norm_and_their_gradients_equal_float64(DType type)
    {
        using var scope = new TensorScope();
        Tensor[] inputs = [Draw([90, 96], type, 1), Tensor.Full([96], 1, type), Draw([320, 96], type, 2), Draw([96, 96], type, 3), Draw([64, 96], type, 4)];
        Compare(
            type, inputs,
            x => Tensor.Concatenate(
                x[0].DType == DType.Float64 ? [.. x.Skip(2).Select(w => Layers.Linear(Layers.RmsNorm(x[0], x[1], 1e-5), w))] : FusedLayers.RmsNormLinear(x[0], x[1], 1e-5, false, [.. x.Skip(2).Select(w => (w, (Tensor?)null))]),
                -1),
            Draw([90, 480], type, 5), type == DType.Float32 ? 3e-6 : 1e-2);
    }

    [Theory]
    [InlineData(DType.Float64, 1e-12)]
    [InlineData(DType.Float32, 1e-5)]
    [InlineData(DType.BFloat16, 2e-2)]
    public void Logits_that_are_kept_give_the_bits_of_those_that_are_computed_again(DType type, double tolerance)
    {
        using var scope = new TensorScope();
        const long rows = 70, width = 48, vocabulary = 1000, columns = 192;
        var targets = Tensor.From<long>([.. Enumerable.Range(0, (int)rows).Select(i => i * 7919L % vocabulary)], [rows]);
        var grad = Draw([rows], type == DType.Float64 ? type : DType.Float32, 3);
        var none = Run(0);
        foreach (var kept in new[] { 100, 192, 400, 768, vocabulary })
        {
            Run(kept).ShouldBe(none);
        }

        var exact = Run(vocabulary, DType.Float64);
        none.Zip(exact, (a, e) => Math.Abs(a - e)).Max().ShouldBeLessThan(tolerance * exact.Max(Math.Abs));

        double[] Run(long kept, DType? computed = null)
        {
            var (hidden, weight) = (Draw([rows, width], type, 1).To(computed ?? type), Draw([vocabulary, width], type, 2).To(computed ?? type));
            hidden.RequiresGrad = weight.RequiresGrad = true;
            var logProbs = FusedLayers.LogProbHeadInChunks(hidden, weight, targets, columns, kept);
            (logProbs * grad.To(logProbs.DType)).Sum().Backward();
            return [.. Values(logProbs), .. Values(hidden.Grad()!), .. Values(weight.Grad()!)];
        }
    }

    [Theory]
    [InlineData(768, 49152, DType.BFloat16, 49152)]
    [InlineData(768, 49152, DType.Float32, 49152)]
    [InlineData(3072, 151936, DType.BFloat16, 32256)]
    [InlineData(100000, 151936, DType.Float32, 0)]
    [InlineData(0, 100, DType.Float32, 100)]
    public void Logits_are_kept_up_to_192_MiB(long rows, long vocabulary, DType type, long expected)
    {
        var kept = FusedLayers.LogProbHeadKept(rows, vocabulary, type);
        kept.ShouldBe(expected);
        (kept * rows * type.Size()).ShouldBeLessThanOrEqualTo(192L << 20);
    }

    private static double Tolerance(DType type) => type == DType.Float32 ? 2e-6 : 5e-3;

    // Draws without any order: evenly spread values add up to the same rounded sums in many orders.
    private static Tensor Draw(long[] shape, DType type, int seed)
    {
        var draws = new Random(seed);
        return Tensor.From<double>([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => draws.NextDouble() - 0.5)], shape).To(type);
    }

    private static void Compare(DType type, Tensor[] inputs, Func<Tensor[], Tensor> function, Tensor grad, double? tolerance = null)
    {
        var (actual, expected) = (Run(type), Run(DType.Float64));
        for (var i = 0; i < actual.Length; i++)
        {
            Error(actual[i], expected[i]).ShouldBeLessThan(tolerance ?? Tolerance(type), i == 0 ? "result" : $"gradient of input {i - 1}");
        }

        Tensor[] Run(DType computed)
        {
            Tensor[] leaves = [.. inputs.Select(input => input.To(computed).Clone())];
            Array.ForEach(leaves, leaf => leaf.RequiresGrad = true);
            var output = function(leaves);
            (output * grad.To(computed)).Sum().Backward();
            return [output, .. leaves.Select(leaf => leaf.Grad()!)];
        }
    }

    private static double Error(Tensor actual, Tensor expected)
    {
        var wide = expected.Detach().To(DType.Float64);
        return actual.Detach().To(DType.Float64).MaxAbsDifference(wide) / Math.Max(1e-12, Values(wide).Max(Math.Abs));
    }

    private static double[] Values(Tensor tensor) => tensor.Detach().To(DType.Float64).ToArray<double>();
}
