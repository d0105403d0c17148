using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>Optimizer steps of bfloat16 parameters, against the formulas in float64.</summary>
[Collection(nameof(OtherPathTests))]
public sealed class NarrowParameterTests
{
    private const int Steps = 300;
    private static readonly long[] Shape = [2, 40003];

    [Theory]
    [InlineData("adamw", "kahan", DType.BFloat16, true)]
    [InlineData("adamw", "kahan", DType.Float32, true)]
    [InlineData("adamw", "kahan", DType.BFloat16, false)]
    [InlineData("rmsprop", "kahan", DType.BFloat16, true)]
    [InlineData("rmsprop", "kahan", DType.BFloat16, false)]
    [InlineData("adamw", "stochastic", DType.BFloat16, true)]
    [InlineData("rmsprop", "stochastic", DType.BFloat16, true)]
    [InlineData("rmsprop", "stochastic", DType.Float32, false)]
    public void Small_steps_add_up(string rule, string masters, DType gradientType, bool kernels)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        TorchLibrary.UsesKernels = kernels;
        try
        {
            var steps = kernels ? Steps : 20;
            var (parameter, exact, nearest) = Run(rule, masters, gradientType, steps);
            var error = Mean((parameter - exact).Abs());
            if (masters == "kahan")
            {
                // What float32 itself loses: its factor 1 - 1e-6 of the decay is up to 3e-8 off, three hundred times over.
                error.ShouldBeLessThan(1.2e-5);
            }
            else
            {
                // Rounding at random walks: each error may be as large as half a last digit times the root of the steps, but all of them together cancel.
                error.ShouldBeLessThan(2e-2);
                Math.Abs(Mean(parameter - exact)).ShouldBeLessThan(kernels ? 1e-4 : 3e-4);
            }

            // Rounding to the nearest loses most of the way: the test could tell.
            Math.Abs(Mean(nearest - exact)).ShouldBeGreaterThan(masters == "kahan" ? 100 * error : 10 * Math.Abs(Mean(parameter - exact)));
        }
        finally
        {
            TorchLibrary.UsesKernels = true;
        }
    }

    [Fact]
    public void Stochastic_rounding_takes_the_two_neighbours_by_their_distance_and_depends_on_seed_step_and_place_alone()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        const int count = 200_000;

        // 1 - 1/4 of the distance to the next number below, 1 - 2^-8: the rate is the step, since the gradient is its own root.
        var (some, again, otherSeed, otherStep) = (Rounded(5, 1), Rounded(5, 1), Rounded(6, 1), Rounded(5, 2));
        some.Distinct().Order().ShouldBe([1 - (1f / 256), 1]);
        Share(some).ShouldBe(0.25, 0.005);
        again.ShouldBe(some);
        foreach (var other in new[] { otherSeed, otherStep })
        {
            Share(other).ShouldBe(0.25, 0.005);
            Agreement(some, other).ShouldBe((0.25 * 0.25) + (0.75 * 0.75), 0.005);
        }

        // Neighbours in memory are no more alike than strangers, nor are the two tensors of one step.
        Agreement(some[..^1], some[1..]).ShouldBe(0.625, 0.005);
        Agreement(some[..(count / 2)], some[(count / 2)..]).ShouldBe(0.625, 0.008);

        // Threads and paths make no difference.
        var threads = TorchLibrary.Threads;
        TorchLibrary.Threads = threads == 1 ? 2 : 1;
        Rounded(5, 1).ShouldBe(some);
        TorchLibrary.Threads = threads;
        TorchLibrary.UsesKernels = false;
        try
        {
            Rounded(5, 1).ShouldBe(some);
        }
        finally
        {
            TorchLibrary.UsesKernels = true;
        }

        static float[] Rounded(ulong seed, long step)
        {
            Tensor[] halves = [Tensor.Full([count / 2], 1, DType.BFloat16), Tensor.Full([count / 2], 1, DType.BFloat16)];
            var updated = halves.Select((half, n) => new UpdatedTensor(half, Tensor.Full([count / 2], 1, DType.BFloat16), null, Tensor.Zeros([count / 2], DType.Float32)) { Number = n });
            FusedOptimizer.RmsProp([.. updated], new RmsPropConstants(1.0 / 1024, 0, 0, step), seed);
            return [.. halves.SelectMany(half => half.To(DType.Float32).ToArray<float>())];
        }

        static double Share(float[] values) => values.Count(value => value < 1) / (double)values.Length;
        static double Agreement(float[] a, float[] b) => a.Zip(b, (x, y) => x == y ? 1.0 : 0).Average();
    }

    [Fact]
    public void A_float32_is_split_into_what_is_nearest_and_the_rest_and_joined_bit_for_bit()
    {
        using var scope = new TensorScope();
        float[] values =
        [
            0, -0f, 1, -1, 1 + (1f / 256), 1 + (3f / 256), -1 - (1f / 256), 1 + (1f / 256) - (1f / (1 << 23)), float.Epsilon, -float.Epsilon, 1e-38f, MathF.PI, -MathF.E * 1e20f, 3.38e38f,
            float.PositiveInfinity, float.NegativeInfinity, float.NaN,
        ];
        var wide = Tensor.From<float>(values, [values.Length]);
        var (high, low) = Float32Halves.Split(wide);

        Float32Halves.Join(high, low).ToArray<float>().Select(BitConverter.SingleToInt32Bits).ShouldBe(values.Select(BitConverter.SingleToInt32Bits));
        Joined(high, low).ToArray<double>().ShouldBe(values.Select(value => (double)value));
        high.To(DType.Float32).ToArray<float>()[4..7].ShouldBe([1 + (2f / 256), 1 + (4f / 256), -1 - (2f / 256)], "ties go away from zero");
        high.To(DType.Float32).ToArray<float>()[7].ShouldBe(1);
        Should.Throw<TorchException>(() => Float32Halves.Split(high)).Message.ShouldContain("only float32");
        Should.Throw<TorchException>(() => Float32Halves.Join(high, wide)).Message.ShouldContain("bfloat16");
    }

    [Fact]
    public void A_parameter_with_residue_goes_bit_for_bit_where_a_float32_one_goes()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var (narrow, residue) = (Given.Spread(Shape).To(DType.BFloat16), Tensor.Zeros(Shape, DType.BFloat16));
        var wide = narrow.To(DType.Float32);
        var (a, b) = (Tensor.Zeros(Shape, DType.Float32), Tensor.Zeros(Shape, DType.Float32));
        for (var step = 1; step <= 5; step++)
        {
            var gradient = Given.Spread(Shape, -1, 1, salt: step).To(DType.BFloat16);
            FusedOptimizer.RmsProp([new UpdatedTensor(narrow, gradient, null, a) { Residue = residue }], new RmsPropConstants(1e-3, 0.9, 1e-8, step));
            FusedOptimizer.RmsProp([new UpdatedTensor(wide, gradient, null, b)], new RmsPropConstants(1e-3, 0.9, 1e-8, step));
        }

        Joined(narrow, residue).ToArray<double>().ShouldBe(wide.To(DType.Float64).ToArray<double>());
        (narrow.To(DType.Float64) - wide.To(DType.Float64)).Abs().Maximum(0).Maximum(0).Item().ShouldBeLessThan(Math.Pow(2, -8) * 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_not_finite_stays_so(bool kernels)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        TorchLibrary.UsesKernels = kernels;
        try
        {
            var parameter = Tensor.From([1.0, double.PositiveInfinity, double.NegativeInfinity, 2]).To(DType.BFloat16);
            var gradient = Tensor.From([double.NaN, 1, 1, 0]).To(DType.BFloat16);
            var (first, second) = (Tensor.Zeros([4], DType.Float32), Tensor.Zeros([4], DType.Float32));
            FusedOptimizer.AdamW([new UpdatedTensor(parameter, gradient, first, second)], new AdamWConstants(1e-2, 0.9, 0.99, 1e-8, 1), 3);
            parameter.To(DType.Float32).ToArray<float>().ShouldBe([float.NaN, float.PositiveInfinity, float.NegativeInfinity, 2]);
        }
        finally
        {
            TorchLibrary.UsesKernels = true;
        }
    }

    [Fact]
    public void Float32_parameters_of_RMSprop_follow_the_formula()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var (parameter, squares) = (Given.Spread(Shape).To(DType.Float32), Tensor.Zeros(Shape, DType.Float32));
        var (p, v) = (parameter.To(DType.Float64), Tensor.Zeros(Shape, DType.Float64));
        for (var step = 1; step <= 3; step++)
        {
            var gradient = Given.Spread(Shape, -1, 1, salt: step).To(DType.BFloat16);
            FusedOptimizer.RmsProp([new UpdatedTensor(parameter, gradient, null, squares) { Decay = 0.1 }], new RmsPropConstants(1e-2, 0.9, 1e-8, step, 0.5));
            var g = (gradient.To(DType.Float64) * 0.5) + (p * 0.1);
            v = (v * 0.9) + (g * g * 0.1);
            p -= g / (v.Sqrt() + 1e-8) * 1e-2;
        }

        (parameter.To(DType.Float64) - p).Abs().Maximum(0).Maximum(0).Item().ShouldBeLessThan(3e-6);
    }

    // The same steps with the asked rounding, in float64, and rounded to the nearest.
    private static (Tensor Asked, Tensor Exact, Tensor Nearest) Run(string rule, string masters, DType gradientType, int steps)
    {
        var start = Given.Spread(Shape, 0.5, 2).To(DType.BFloat16);
        var residue = masters == "kahan" ? Tensor.Zeros(Shape, DType.BFloat16) : null;
        var (asked, nearest) = (Narrow(residue), Narrow(null));
        var exact = new UpdatedTensor(start.To(DType.Float64), start, Tensor.Zeros(Shape, DType.Float64), Tensor.Zeros(Shape, DType.Float64));
        for (var step = 1; step <= steps; step++)
        {
            using var one = new TensorScope();
            var gradient = Given.Spread(Shape, 0.5, 1.5, salt: step % 10).To(gradientType);
            Step(asked, gradient, step, residue is null ? 11UL : null);
            Step(nearest, gradient, step, null);
            Reference(rule, exact, gradient.To(DType.Float64), step);
        }

        var sum = asked.Parameter.To(DType.Float64);
        return (residue is null ? sum : Joined(asked.Parameter, residue), exact.Parameter, nearest.Parameter.To(DType.Float64));

        UpdatedTensor Narrow(Tensor? residue) =>
            new(start.Clone(), start, Tensor.Zeros(Shape, DType.Float32), Tensor.Zeros(Shape, DType.Float32)) { Residue = residue, Decay = 0.01 };

        void Step(UpdatedTensor tensor, Tensor gradient, long step, ulong? seed)
        {
            if (rule == "adamw")
            {
                FusedOptimizer.AdamW([tensor with { Gradient = gradient }], new AdamWConstants(1e-4, 0.9, 0.99, 1e-8, step, 0.5), seed);
            }
            else
            {
                FusedOptimizer.RmsProp([tensor with { Gradient = gradient }], new RmsPropConstants(1e-4, 0.99, 1e-8, step, 0.5), seed);
            }
        }
    }

    private static void Reference(string rule, UpdatedTensor t, Tensor gradient, int step)
    {
        var g = gradient * 0.5;
        if (rule == "adamw")
        {
            t.Parameter.MultiplyInPlace(1 - 1e-6);
            t.FirstMoment!.MultiplyInPlace(0.9).AddInPlace(g, 0.1);
        }
        else
        {
            g += t.Parameter * 0.01;
        }

        t.SecondMoment.MultiplyInPlace(0.99).AddProductInPlace(g, g, 0.01);
        var (first, correction) = rule == "adamw" ? (t.FirstMoment! * (1 / (1 - Math.Pow(0.9, step))), 1 - Math.Pow(0.99, step)) : (g, 1.0);
        t.Parameter.AddQuotientInPlace(first, (t.SecondMoment * (1 / correction)).Sqrt() + 1e-8, -1e-4);
    }

    // Both halves of a float32.
    private static Tensor Joined(Tensor parameter, Tensor residue)
    {
        var (high, low) = (Bits(parameter), Bits(residue));
        return Tensor.From<float>([.. high.Zip(low, (a, b) => BitConverter.Int32BitsToSingle(a + (b >> 16)))], parameter.Shape).To(DType.Float64);

        static int[] Bits(Tensor tensor) => [.. tensor.To(DType.Float32).Reshape(-1).ToArray<float>().Select(BitConverter.SingleToInt32Bits)];
    }

    private static double Mean(Tensor tensor) => tensor.Sum().Item() / tensor.ElementCount;
}
