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
        new Sampler(new SamplingOptions()).Next(logits, uniforms).ToArray<long>().ShouldBe([0, 0, 2, 2, 3, 3]);
        new Sampler(new SamplingOptions { Temperature = 0 }).Next(logits, []).ToArray<long>().ShouldAllBe(id => id == 2);
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
        var chosen = new Sampler(options).Next(logits, [.. Enumerable.Range(0, draws).Select(_ => random.NextDouble())]).ToArray<long>();

        var expected = TinyModel.Kept([.. row.Select(value => (double)value)], options);
        for (var id = 0; id < row.Length; id++)
        {
            var share = expected[id] / expected.Sum();
            var fiveDeviations = 5 * Math.Sqrt(share * (1 - share) / draws);
            ((double)chosen.Count(token => token == id) / draws).ShouldBe(share, fiveDeviations + 1e-12);
        }
    }
}
