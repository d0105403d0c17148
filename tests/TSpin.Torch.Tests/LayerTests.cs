using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>The layers against loops in plain C#, float64.</summary>
public sealed class LayerTests
{
    [Fact]
    public void Matrix_product_by_hand()
    {
        using var scope = new TensorScope();
        var a = Given.Float64([2, 3], 1, 2, 3, 4, 5, 6);
        var b = Given.Float64([3, 2], 7, 8, 9, 10, 11, 12);
        Layers.MatMul(a, b).ShouldHold([2, 2], [58, 64, 139, 154]);
        Layers.MatMul(a, Given.Float64([3], 1, 0, -1)).ShouldHold([2], [-2, -2]);
    }

    [Fact]
    public void Matrix_product_broadcasts_batches()
    {
        using var scope = new TensorScope();
        var a = Given.Spread([3, 1, 2, 4], salt: 1);
        var b = Given.Spread([2, 4, 3], salt: 2);
        var (left, right) = (a.ToArray<double>(), b.ToArray<double>());
        var expected = new List<double>();
        for (var outer = 0; outer < 3; outer++)
        {
            for (var inner = 0; inner < 2; inner++)
            {
                for (var row = 0; row < 2; row++)
                {
                    for (var column = 0; column < 3; column++)
                    {
                        expected.Add(Enumerable.Range(0, 4).Sum(k => left[(outer * 8) + (row * 4) + k] * right[(inner * 12) + (k * 3) + column]));
                    }
                }
            }
        }

        Layers.MatMul(a, b).ShouldHold([3, 2, 2, 3], [.. expected], 1e-14);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Linear_multiplies_by_the_transposed_weight(bool withBias)
    {
        using var scope = new TensorScope();
        var (input, weight, bias) = (Given.Spread([2, 3, 5]), Given.Spread([4, 5], salt: 1), Given.Spread([4], salt: 2));
        var (x, w, b) = (input.ToArray<double>(), weight.ToArray<double>(), bias.ToArray<double>());
        var expected = new double[2 * 3 * 4];
        for (var row = 0; row < 6; row++)
        {
            for (var output = 0; output < 4; output++)
            {
                expected[(row * 4) + output] = withBias ? b[output] : 0;
                for (var k = 0; k < 5; k++)
                {
                    expected[(row * 4) + output] += x[(row * 5) + k] * w[(output * 5) + k];
                }
            }
        }

        Layers.Linear(input, weight, withBias ? bias : null).ShouldHold([2, 3, 4], expected, 1e-14);
        Layers.Linear(input.To(DType.Float32), weight.To(DType.Float32), withBias ? bias.To(DType.Float32) : null).ShouldHold([2, 3, 4], expected, 1e-5);
    }

    [Fact]
    public void Embedding_looks_rows_up()
    {
        using var scope = new TensorScope();
        var weight = Given.Float64([3, 2], 0, 1, 10, 11, 20, 21);
        Layers.Embedding(weight, Given.Int64([2, 2], 2, 0, 0, 1)).ShouldHold([2, 2, 2], [20, 21, 0, 1, 0, 1, 10, 11]);
    }

    [Fact]
    public void Root_mean_square_norm_equals_a_loop()
    {
        using var scope = new TensorScope();
        const double epsilon = 0.01;
        var (input, weight) = (Given.Spread([2, 3, 8], -3, 5), Given.Spread([8], 0.5, 1.5, salt: 1));
        var (x, w) = (input.ToArray<double>(), weight.ToArray<double>());
        var expected = new double[x.Length];
        for (var row = 0; row < 6; row++)
        {
            var meanSquare = Enumerable.Range(0, 8).Sum(i => x[(row * 8) + i] * x[(row * 8) + i]) / 8;
            for (var i = 0; i < 8; i++)
            {
                expected[(row * 8) + i] = w[i] * x[(row * 8) + i] / Math.Sqrt(meanSquare + epsilon);
            }
        }

        Layers.RmsNorm(input, weight, epsilon).ShouldHold([2, 3, 8], expected, 1e-14);
        Layers.RmsNorm(input.To(DType.Float32), weight.To(DType.Float32), epsilon).ShouldHold([2, 3, 8], expected, 1e-6);
    }

    [Fact]
    public void Root_mean_square_norm_of_bfloat16_is_computed_in_float32()
    {
        using var scope = new TensorScope();
        // The squares of 1000 differ from those of 1004 only beyond bfloat16's 8 bits; in float32 the mean square is exact.
        var input = Given.Float32([1, 2], 1000, 8).To(DType.BFloat16);
        var output = Layers.RmsNorm(input, Given.Float32([2], 1, 1).To(DType.BFloat16), 0);
        output.DType.ShouldBe(DType.BFloat16);
        var scale = 1 / Math.Sqrt((1_000_000 + 64) / 2.0);
        var expected = Given.Float32([1, 2], (float)(1000 * scale), (float)(8 * scale)).To(DType.BFloat16);
        output.ToArrayOfBits().ShouldBe(expected.ToArrayOfBits());
    }

    [Fact]
    public void Root_mean_square_norm_of_tiny_values_is_held_by_epsilon()
    {
        using var scope = new TensorScope();
        Layers.RmsNorm(Tensor.Zeros([1, 4]), Tensor.Full([4], 1), 1e-5).ShouldHold([1, 4], [0, 0, 0, 0]);
    }

    [Fact]
    public void Rotation_pairs_the_two_halves()
    {
        using var scope = new TensorScope();
        const int steps = 3;
        const int width = 4;
        var input = Given.Spread([2, 2, steps, width]);
        // Angle of pair i at position t: t / 10000^(2i / width); Hugging Face repeats the angles for the second half.
        var angles = new double[steps * width];
        for (var t = 0; t < steps; t++)
        {
            for (var i = 0; i < width; i++)
            {
                angles[(t * width) + i] = t / Math.Pow(10_000, 2.0 * (i % (width / 2)) / width);
            }
        }

        var angle = Given.Float64([steps, width], angles);
        var rotated = Layers.Rotate(input, angle.Cos(), angle.Sin());
        var x = input.ToArray<double>();
        var expected = new double[x.Length];
        for (var row = 0; row < 4 * steps; row++)
        {
            for (var i = 0; i < width / 2; i++)
            {
                var (first, second) = (x[(row * width) + i], x[(row * width) + i + (width / 2)]);
                var (sin, cos) = Math.SinCos(angles[((row % steps) * width) + i]);
                expected[(row * width) + i] = (first * cos) - (second * sin);
                expected[(row * width) + i + (width / 2)] = (second * cos) + (first * sin);
            }
        }

        rotated.ShouldHold([2, 2, steps, width], expected, 1e-14);
        rotated.Square().Sum().Item().ShouldBe(input.Square().Sum().Item(), 1e-12);
    }
}
