using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>The fused layers and the fused optimizer against the same from single operations.</summary>
public sealed class FusedLayerTests
{
    [Theory]
    [InlineData(DType.Float32, 2e-6)]
    [InlineData(DType.BFloat16, 1e-2)]
    public void Norm_equals_the_composed_one(DType type, double tolerance) =>
        Compare(type, tolerance, [[3, 67, 37], [37]], x => FusedLayers.RmsNorm(x[0], x[1], 1e-5), x => Layers.RmsNorm(x[0], x[1], 1e-5));

    [Theory]
    [InlineData(DType.Float32, 2e-6)]
    [InlineData(DType.BFloat16, 1e-2)]
    public void Norm_with_one_plus_weight_equals_the_composed_one(DType type, double tolerance) =>
        Compare(
            type, tolerance, [[130, 37], [37]], x => FusedLayers.RmsNorm(x[0], x[1], 1e-5, plusOne: true),
            x => Layers.RmsNorm(x[0].To(DType.Float32), x[1].To(DType.Float32) + 1, 1e-5).To(type));

    [Theory]
    [InlineData(DType.Float32, 2e-6)]
    [InlineData(DType.BFloat16, 1e-2)]
    public void Gated_unit_equals_the_composed_one(DType type, double tolerance) =>
        Compare(type, tolerance, [[131, 257], [131, 257]], x => FusedLayers.SwiGlu(x[0] * 20, x[1]), x => (x[0] * 20).Silu() * x[1]);

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Float64)]
    public void Gated_unit_of_extreme_numbers_is_what_it_tends_to(DType type)
    {
        using var scope = new TensorScope();
        // A whole vector's worth, and a number behind it.
        double[] gates = [200, -200, 1e4, -1e4, 0, 90, -90, double.NaN, 88, -88, 1, -1, 1e-3, -1e-3, double.PositiveInfinity, 5, 3];
        var gate = Tensor.From<double>(gates, [gates.Length]).To(type);
        var result = Values(FusedLayers.SwiGlu(gate, Tensor.Full([gates.Length], 2, type)));
        foreach (var (g, actual) in Values(gate).Zip(result))
        {
            var expected = double.IsPositiveInfinity(g) ? g : 2 * g / (1 + Math.Exp(-g));
            if (double.IsFinite(expected))
            {
                actual.ShouldBe(expected, (type == DType.BFloat16 ? 1e-2 : 1e-6) * Math.Abs(expected) + 1e-30);
            }
            else
            {
                actual.ShouldBe(expected);
            }
        }
    }

    [Theory]
    [InlineData(DType.Float32, 3e-6)]
    [InlineData(DType.BFloat16, 2e-2)]
    public void Products_of_what_is_not_kept_equal_those_of_what_is(DType type, double tolerance)
    {
        Compare(
            type, tolerance, [[5, 26, 64], [64], [48, 64], [32, 64], [32], [16, 64]],
            x => Tensor.Concatenate(FusedLayers.RmsNormLinear(x[0], x[1], 1e-5, plusOne: false, [(x[2], null), (x[3], x[4]), (x[5], null)]), -1),
            x => FusedLayers.RmsNorm(x[0], x[1], 1e-5) is var y ? Tensor.Concatenate([Layers.Linear(y, x[2]), Layers.Linear(y, x[3], x[4]), Layers.Linear(y, x[5])], -1) : y);
        Compare(
            type, tolerance, [[130, 64], [130, 64], [48, 64], [48]],
            x => FusedLayers.SwiGluLinear(x[0], x[1], x[2], x[3]), x => Layers.Linear(FusedLayers.SwiGlu(x[0], x[1]), x[2], x[3]));
    }

    [Fact]
    public void Products_refuse_what_does_not_fit()
    {
        using var scope = new TensorScope();
        var (x, norm, weight) = (Tensor.Zeros([2, 4]), Tensor.Zeros([4]), Tensor.Zeros([3, 4]));
        Should.Throw<TorchException>(() => FusedLayers.RmsNormLinear(x, norm, 1e-5, false, [(weight, null), (Tensor.Zeros([3, 5]), null)])).Message.ShouldContain("product 1: the weight must be [out, 4]");
        Should.Throw<TorchException>(() => FusedLayers.RmsNormLinear(x, norm, 1e-5, false, [(weight, Tensor.Zeros([4]))])).Message.ShouldContain("the bias must be [3]");
        Should.Throw<TorchException>(() => FusedLayers.RmsNormLinear(x, Tensor.Zeros([3]), 1e-5, false, [(weight, null)])).Message.ShouldContain("norm's weight");
        Should.Throw<TorchException>(() => FusedLayers.SwiGluLinear(x, Tensor.Zeros([2, 3]), weight)).Message.ShouldContain("alike");
    }

    [Theory]
    [InlineData(DType.Float64, 1e-12, 11, 17)]
    [InlineData(DType.Float32, 1e-5, 300, 5000)]
    [InlineData(DType.BFloat16, 2e-2, 300, 5000)]
    [InlineData(DType.Float32, 1e-5, 9000, 1100)]
    public void Head_equals_the_composed_one_over_several_chunks(DType type, double tolerance, long rows, long vocabulary)
    {
        using var scope = new TensorScope();
        var targets = Tensor.From<long>([.. Enumerable.Range(0, (int)rows).Select(i => (i * 7919L) % vocabulary)], [rows]);
        var wide = type == DType.Float64 ? DType.Float64 : DType.Float32;
        Compare(
            type, tolerance, [[rows, 8], [vocabulary, 8]], x => FusedLayers.LogProbHead(x[0], x[1], targets),
            x => Layers.Linear(x[0], x[1]).LogSoftmax(-1, wide).Gather(1, targets.Unsqueeze(1)).Squeeze(1));
    }

    [Fact]
    public void Head_survives_huge_logits_and_takes_no_rows()
    {
        using var scope = new TensorScope();
        var hidden = Given.Float32([2, 1], 1000, -1000);
        var weight = Given.Float32([3, 1], 1, 0, -1);
        FusedLayers.LogProbHead(hidden, weight, Given.Int64([2], 0, 0)).ToArray<float>().ShouldBe([0, -2000]);
        FusedLayers.LogProbHead(Tensor.Zeros([0, 1]), weight, Given.Int64([0])).Shape.ShouldBe([0]);
    }

    [Fact]
    public void Head_refuses_a_target_outside_the_vocabulary()
    {
        using var scope = new TensorScope();
        Should.Throw<TorchException>(() => FusedLayers.LogProbHead(Tensor.Zeros([1, 2]), Tensor.Zeros([3, 2]), Given.Int64([1], 3))).Message.ShouldContain("vocabulary of 3");
    }

    [Fact]
    public void Sum_of_squares_of_many_elements_is_exact_to_float64_sums()
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        Tensor?[] tensors = [Tensor.Full([300, 1000], 0.1), null, Given.Spread([7, 11]), Given.Spread([65537], salt: 1).To(DType.Float32), Given.Spread([5, 6]).To(DType.BFloat16)];
        var expected = tensors.OfType<Tensor>().Sum(tensor => tensor.To(DType.Float64).Square().Sum().Item());
        FusedOptimizer.SumOfSquares(tensors).ShouldBe(expected, 1e-6 * expected);
    }

    [Theory]
    [InlineData(DType.Float32, 2e-6)]
    [InlineData(DType.Float64, 1e-12)]
    public void Steps_of_AdamW_follow_the_formula(DType type, double tolerance)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        long[] shape = [3, 70001];
        var (parameter, first, second) = (Given.Spread(shape).To(type), Tensor.Zeros(shape, type), Tensor.Zeros(shape, type));
        var (p, m, v) = (Given.Spread(shape), Tensor.Zeros(shape, DType.Float64), Tensor.Zeros(shape, DType.Float64));
        for (var step = 1; step <= 3; step++)
        {
            var gradient = Given.Spread(shape, -1, 1, salt: step);
            FusedOptimizer.AdamW([new UpdatedTensor(parameter, gradient.To(type), first, second) { Decay = 0.1 }], new AdamWConstants(1e-2, 0.9, 0.99, 1e-8, step, 0.5));
            m = (m * 0.9) + (gradient * 0.05);
            v = (v * 0.99) + (gradient * gradient * 0.0025);
            var denominator = (v / (1 - Math.Pow(0.99, step))).Sqrt() + 1e-8;
            p = (p * (1 - 1e-3)) - (m / (1 - Math.Pow(0.9, step)) / denominator * 1e-2);
        }

        (parameter.To(DType.Float64) - p).Abs().Maximum(0).Maximum(0).Item().ShouldBeLessThan(tolerance);
    }

    [Fact]
    public void A_step_of_AdamW_reads_narrow_gradients()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        long[] shape = [3, 70001];
        foreach (var gradientType in new[] { DType.BFloat16, DType.Float32 })
        {
            var gradient = Given.Spread(shape, -1, 1, salt: 4).To(DType.BFloat16).To(gradientType);
            var (a, b) = (Given.Spread(shape).To(DType.Float32), Given.Spread(shape).To(DType.Float32));
            Tensor[] Moments() => [Tensor.Zeros(shape), Tensor.Zeros(shape)];
            var (m, n) = (Moments(), Moments());
            var constants = new AdamWConstants(1e-2, 0.9, 0.99, 1e-8, 1, 0.5);
            FusedOptimizer.AdamW([new UpdatedTensor(a, gradient, m[0], m[1]) { Decay = 0.1 }], constants);
            FusedOptimizer.AdamW([new UpdatedTensor(b, gradient.To(DType.Float32), n[0], n[1]) { Decay = 0.1 }], constants);

            Values(a).ShouldBe(Values(b));
        }
    }

    [Fact]
    public void Gradients_move_to_wider_tensors_and_add_up_there()
    {
        using var scope = new TensorScope();
        var (narrow, untouched, wide) = (Leaf(), Leaf(), Tensor.Zeros([1]));
        for (var pass = 0; pass < 2; pass++)
        {
            (narrow.To(DType.Float32) * (pass == 0 ? 256 : 1)).Sum().Backward();
            FusedOptimizer.MoveGradients([narrow, untouched], [wide, Tensor.Zeros([1])]);
            narrow.Grad().ShouldBeNull();
        }

        // 257 needs nine bits, and bfloat16 has eight.
        wide.Grad()!.Item().ShouldBe(257);

        static Tensor Leaf()
        {
            var leaf = Tensor.Full([1], 1, DType.BFloat16);
            leaf.RequiresGrad = true;
            return leaf;
        }
    }

    [Theory]
    [InlineData(DType.Float64, 1e-12)]
    [InlineData(DType.Float32, 1e-4)]
    [InlineData(DType.BFloat16, 4e-3)]
    public void The_gradient_of_a_token_that_occurs_often_is_the_whole_sum(DType type, double tolerance)
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        using var scope = new TensorScope();
        long[] ids = [.. Enumerable.Range(0, 3000).Select(i => i % 5 == 0 ? 2L + (i % 3) : 7L)];
        var table = Given.Spread([9, 70]).To(type);
        table.RequiresGrad = true;
        Layers.Embedding(table, Tensor.From(ids).Reshape(3, 1000)).Sum().Backward();

        var gradient = Values(table.Grad()!.To(DType.Float64));
        for (var token = 0; token < 9; token++)
        {
            var count = ids.Count(id => id == token);
            gradient.Skip(token * 70).Take(70).ShouldAllBe(value => Math.Abs(value - count) <= tolerance * count);
        }
    }

    public static TheoryData<long, long, long, DType> FewRows()
    {
        var data = new TheoryData<long, long, long, DType>();
        (long, long, long)[] shapes = [(5, 576, 49), (32, 1030, 257), (33, 64, 32), (64, 2, 1), (3, 66, 70), (1, 4096, 1024), (4, 1536, 2048), (26, 30, 33), (128, 40, 65)];
        foreach (var (rows, depth, outputs) in shapes)
        {
            data.Add(rows, depth, outputs, DType.BFloat16);
            data.Add(rows, depth, outputs, DType.Float32);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(FewRows))]
    public void Products_of_few_rows_have_one_result_packed_or_not_and_whatever_the_other_rows_are(long rows, long depth, long outputs, DType type)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        // Draws without any order: evenly spread values add up to the same rounded sums in many orders.
        var draws = new Random(1);
        var (x, w) = (Draws(rows), Draws(outputs));
        if (FusedLayers.PackWeights(w) is not { } packed)
        {
            Assert.Skip("this processor, or TSPIN_KERNELS, has no products of few rows");
            return;
        }

        var product = FusedLayers.PackedLinear(x, packed, outputs);
        product.Shape.ShouldBe([rows, outputs]);
        var wide = Values(Layers.Linear(x.To(DType.Float64), w.To(DType.Float64)));
        Error(Values(product), wide).ShouldBeLessThan(type == DType.Float32 ? 1e-5 : 5e-3);
        Values(product).ShouldBe(Values(Layers.Linear(x, w)));
        Values(product.Narrow(0, rows - 1, 1)).ShouldBe(Values(FusedLayers.PackedLinear(x.Narrow(0, rows - 1, 1), packed, outputs)));

        Should.Throw<TorchException>(() => FusedLayers.PackedLinear(x, packed, outputs + 32)).Message.ShouldContain("ts_pack_weights");
        Should.Throw<TorchException>(() => FusedLayers.PackedLinear(Tensor.Zeros([129, depth], type), packed, outputs)).Message.ShouldContain("up to 128 rows");
        FusedLayers.PackWeights(w.To(DType.Float64)).ShouldBeNull();
        FusedLayers.PackWeights(Tensor.Zeros([0, 4], type)).ShouldBeNull();
        FusedLayers.PackWeights(Tensor.Zeros([4, 3], DType.BFloat16)).ShouldBeNull("numbers are read two at a time");

        Tensor Draws(long count) => Given.Float64([count, depth], [.. Enumerable.Range(0, (int)(count * depth)).Select(_ => draws.NextDouble() - 0.5)]).To(type);
    }

    [Theory]
    [InlineData(1, 576, 49)]
    [InlineData(7, 33, 130)]
    [InlineData(32, 100, 257)]
    [InlineData(64, 1536, 6)]
    public void Few_rows_of_bfloat16_equal_float32_rounded_once(long rows, long depth, long outputs)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var (x, w) = (Given.Spread([rows, depth]).To(DType.BFloat16), Given.Spread([outputs, depth], salt: 1).To(DType.BFloat16));
        var bias = Given.Spread([outputs], salt: 2).To(DType.BFloat16);

        var (actual, exact) = (Values(Layers.Linear(x, w)), Values(Layers.Linear(x.To(DType.Float64), w.To(DType.Float64))));

        Error(actual, exact).ShouldBeLessThan(5e-3);
        var shifted = Values(Layers.Linear(x.To(DType.Float64), w.To(DType.Float64), bias.To(DType.Float64)));
        Error(Values(Layers.Linear(x, w, bias)), shifted).ShouldBeLessThan(2e-2);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.7)]
    public void Samples_invert_the_cumulative_distribution(double temperature)
    {
        const int vocabulary = 1500;
        using var scope = new TensorScope();
        var logits = Given.Spread([1, vocabulary], -6, 6).To(DType.Float32);
        double[] probabilities = (logits.To(DType.Float64) / temperature).Softmax(-1).ToArray<double>();
        var before = 0.0;
        for (var i = 0; i < vocabulary; i++)
        {
            FusedLayers.Choose(logits, [before + (probabilities[i] * 0.01)], temperature).Tokens[0].ShouldBe(i);
            FusedLayers.Choose(logits, [before + (probabilities[i] * 0.99)], temperature).Tokens[0].ShouldBe(i);
            before += probabilities[i];
        }

        var (tokens, logProbs) = FusedLayers.Choose(Given.Float32([2, 3], 0, float.NegativeInfinity, -2000, float.NaN, 1, 2), [0.999999, 0.5], temperature);
        (tokens[0], logProbs[0], logProbs[1]).ShouldBe((0, 0, float.NaN));
    }

    private static void Compare(DType type, double tolerance, long[][] shapes, Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> composed)
    {
        using var scope = new TensorScope();
        var (actual, expected) = (Run(fused), Run(composed));
        for (var i = 0; i < actual.Length; i++)
        {
            var largest = expected[i].Max(Math.Abs);
            actual[i].Zip(expected[i], (a, e) => Math.Abs(a - e)).Max().ShouldBeLessThan(tolerance * largest, i == 0 ? "result" : $"gradient of input {i - 1}");
        }

        double[][] Run(Func<Tensor[], Tensor> function)
        {
            Tensor[] inputs = [.. shapes.Select((shape, i) => Given.Spread(shape, salt: i).To(type))];
            foreach (var input in inputs)
            {
                input.RequiresGrad = true;
            }

            var output = function(inputs);
            (output * Given.Spread(output.Shape, -1, 1, salt: 9).To(output.DType)).Sum().Backward();
            return [Values(output), .. inputs.Select(input => Values(input.Grad()!))];
        }
    }

    private static double[] Values(Tensor tensor) => tensor.Detach().To(DType.Float64).ToArray<double>();

    // The largest, relative to numbers above 1.
    private static double Error(double[] actual, double[] exact) => actual.Zip(exact, (a, e) => Math.Abs(a - e) / Math.Max(1, Math.Abs(e))).Max();
}
