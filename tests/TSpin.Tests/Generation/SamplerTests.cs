using Shouldly;
using TSpin.Generation;
using TSpin.Randomness;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Generation;

public sealed class SamplerTests
{
    [Theory]
    [InlineData(40, 1.0, 0, 0.9)]
    [InlineData(40, 0.5, 7, 1.0)]
    [InlineData(40, 2.0, 9, 0.5)]
    [InlineData(40, 1.0, 1, 1.0)]
    [InlineData(40, 1.0, 500, 0.999)]
    [InlineData(40, 1.0, 0, 1e-9)]
    [InlineData(3000, 3.0, 0, 0.99)]
    [InlineData(3000, 1.0, 700, 0.95)]
    public void Keeps_what_a_plain_loop_keeps_also_among_equals(int vocabulary, double temperature, int topK, double topP)
    {
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP };
        var random = new RandomStream(1);
        // Few distinct values: nearly every cut falls between equals.
        var rows = Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, vocabulary).Select(_ => random.NextInt(-4, 4) / 2.0).ToArray()).ToArray();

        using var scope = new TensorScope();
        var logits = Tensor.From<double>(rows.SelectMany(row => row).ToArray(), [rows.Length, vocabulary]).To(DType.Float32);
        var kept = new Sampler(options).Probabilities(logits).ToArray<double>();
        for (var n = 0; n < rows.Length; n++)
        {
            var actual = kept[(n * vocabulary)..((n + 1) * vocabulary)];
            var expected = TinyModel.Kept(rows[n], options);
            actual.Select(value => value > 0).ShouldBe(expected.Select(value => value > 0));
            var (actualSum, expectedSum) = (actual.Sum(), expected.Sum());
            actual.Zip(expected, (a, e) => Math.Abs((a / actualSum) - (e / expectedSum))).Max().ShouldBeLessThan(1e-12);
        }
    }

    [Fact]
    public void Hand_worked_nuclei()
    {
        // Probabilities 1/2, 1/4, 1/8, 1/8.
        float[] logits = [MathF.Log(8), MathF.Log(4), MathF.Log(2), MathF.Log(2)];
        Kept(new SamplingOptions { TopP = 0.4 }).ShouldBe([true, false, false, false]);
        Kept(new SamplingOptions { TopP = 0.6 }).ShouldBe([true, true, false, false]);
        Kept(new SamplingOptions { TopP = 0.8 }).ShouldBe([true, true, true, false]);
        Kept(new SamplingOptions { TopP = 0.9 }).ShouldBe([true, true, true, true]);
        Kept(new SamplingOptions { TopK = 3 }).ShouldBe([true, true, true, false]);
        // 2/3 and 1/3 of what top-k keeps.
        Kept(new SamplingOptions { TopK = 2, TopP = 0.6 }).ShouldBe([true, false, false, false]);

        bool[] Kept(SamplingOptions options)
        {
            using var scope = new TensorScope();
            return [.. new Sampler(options).Probabilities(Tensor.From<float>(logits, [1, 4])).ToArray<double>().Select(value => value > 0)];
        }
    }

    [Fact]
    public void The_uniform_number_picks_its_slice_of_the_distribution()
    {
        // Probabilities 1/4, 0, 1/2, 1/4: slices end at 0.25, 0.25, 0.75, 1.
        float[] row = [MathF.Log(1), float.NegativeInfinity, MathF.Log(2), MathF.Log(1)];
        double[] uniforms = [0, 0.2499, 0.2501, 0.7499, 0.7501, 1 - (1.0 / (1UL << 53))];
        using var scope = new TensorScope();
        var logits = Tensor.From<float>([.. uniforms.SelectMany(_ => row)], [uniforms.Length, 4]);
        new Sampler(new SamplingOptions()).Next(logits, uniforms).Tokens.ShouldBe([0, 0, 2, 2, 3, 3]);
        new Sampler(new SamplingOptions { Temperature = 0 }).Next(logits, []).Tokens.ShouldAllBe(id => id == 2);
    }

    [Fact]
    public void Draws_follow_the_distribution()
    {
        float[] row = [0.3f, -1f, 2f, 0.3f, 1f];
        var options = new SamplingOptions { Temperature = 0.8, TopK = 4, TopP = 0.95 };
        const int draws = 40_000;
        var random = new RandomStream(17);
        using var scope = new TensorScope();
        var logits = Tensor.From<float>(row, [1, row.Length]).Expand(draws, row.Length);
        var chosen = new Sampler(options).Next(logits, [.. Enumerable.Range(0, draws).Select(_ => random.NextDouble())]).Tokens;

        var expected = TinyModel.Kept([.. row.Select(value => (double)value)], options);
        for (var id = 0; id < row.Length; id++)
        {
            var share = expected[id] / expected.Sum();
            var fiveDeviations = 5 * Math.Sqrt(share * (1 - share) / draws);
            ((double)chosen.Count(token => token == id) / draws).ShouldBe(share, fiveDeviations + 1e-12);
        }
    }

    [Theory]
    [InlineData(50, 1.0, 0, 1.0, 3)]
    [InlineData(50, 0.6, 7, 1.0, 2)]
    [InlineData(50, 1.0, 0, 0.9, 1)]
    [InlineData(50, 1.7, 9, 0.5, 0.01)]
    [InlineData(50, 1.0, 1, 0.3, 5)]
    [InlineData(50, 1e-6, 20, 0.5, 5)]
    [InlineData(50, 1000, 0, 0.999, 30)]
    [InlineData(5000, 1.0, 0, 0.95, 2)]
    [InlineData(5000, 0.8, 50, 0.9, 8)]
    [InlineData(5000, 1.0, 4999, 0.9999, 100)]
    [InlineData(5000, 1.0, 0, 1e-12, 0)]
    public void Draws_what_sorting_the_vocabulary_draws(int vocabulary, double temperature, int topK, double topP, double spread)
    {
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP };
        var random = new RandomStream(29);
        using var scope = new TensorScope();
        for (var round = 0; round < 12; round++)
        {
            // Whole rounds of coarse values, where cuts fall between equals; some tokens impossible.
            var step = round % 3 == 0 ? 4 : 1 << 20;
            var row = Enumerable.Range(0, vocabulary)
                .Select(i => i % 11 == 5 ? float.NegativeInfinity : (float)(spread * (random.NextInt(-step, step + 1) + random.NextInt(-step, step + 1)) / step)).ToArray();
            double[] uniforms = [0, .. Enumerable.Range(0, 20).Select(_ => random.NextDouble()), 1 - (1.0 / (1UL << 53))];
            var logits = Tensor.From<float>([.. uniforms.SelectMany(_ => row)], [uniforms.Length, vocabulary]);

            var (tokens, logProbs) = new Sampler(options).Next(logits, uniforms);

            double[] wide = [.. row.Select(value => (double)value)];
            var kept = TinyModel.Kept(wide, options);
            var sum = Math.Log(wide.Sum(value => Math.Exp(value - wide.Max())));
            foreach (var (n, uniform) in uniforms.Index())
            {
                var (expected, distance) = Invert(kept, uniform);
                if (distance > 1e-12)
                {
                    tokens[n].ShouldBe(expected, $"round {round}, uniform {uniform}");
                }

                kept[tokens[n]].ShouldBeGreaterThan(0);
                ((double)logProbs[n]).ShouldBe(wide[tokens[n]] - wide.Max() - sum, 1e-5);
            }
        }
    }

    [Fact]
    public void Libtorchs_own_operations_draw_the_same_as_the_native_pass()
    {
        var random = new RandomStream(31);
        using var scope = new TensorScope();
        const int vocabulary = 2000;
        double[] uniforms = [.. Enumerable.Range(0, 30).Select(_ => random.NextDouble())];
        var logits = Tensor.From<float>([.. Enumerable.Range(0, 30 * vocabulary).Select(_ => (float)(random.NextDouble() * 12))], [30, vocabulary]);
        foreach (var options in new SamplingOptions[] { new(), new() { TopP = 0.8 }, new() { TopK = 40, Temperature = 0.5 }, new() { TopK = 300, TopP = 0.6 }, new() { Temperature = 0 } })
        {
            var sampler = new Sampler(options);
            var (native, other) = (sampler.Next(logits, uniforms), sampler.Next(logits.To(DType.Float64), uniforms));
            native.Tokens.ShouldBe(other.Tokens);
            native.LogProbs.Zip(other.LogProbs, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f);
        }
    }

    [Fact]
    public void A_row_of_nothing_gets_a_valid_id_and_no_log_probability()
    {
        using var scope = new TensorScope();
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity })
        {
            foreach (var options in new SamplingOptions[] { new(), new() { TopP = 0.5 }, new() { TopK = 2 }, new() { Temperature = 0 } })
            {
                var logits = Tensor.From<float>([0, 1, bad, 2, 0, 1, 2, 3], [2, 4]);
                var (tokens, logProbs) = new Sampler(options).Next(logits, [0.3, 0.3]);
                tokens.ShouldAllBe(token => token >= 0 && token < 4);
                (float.IsNaN(logProbs[0]), float.IsFinite(logProbs[1])).ShouldBe((true, true));
            }
        }
    }

    /// <summary>The token, and how far the nearest end of a slice is from the uniform number, as a share.</summary>
    private static (int Token, double Distance) Invert(double[] weights, double uniform)
    {
        var (total, sum, token, distance) = (weights.Sum(), 0.0, -1, double.MaxValue);
        for (var id = 0; id < weights.Length; id++)
        {
            sum += weights[id];
            if (weights[id] > 0 && token < 0 && sum > uniform * total)
            {
                token = id;
            }

            distance = uniform == 0 ? 1 : Math.Min(distance, Math.Abs((sum / total) - uniform));
        }

        return (token, distance);
    }
}
