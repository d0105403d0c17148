using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class RandomGeneratorTests
{
    [Fact]
    public void Small_seeds_give_PyTorchs_numbers()
    {
        using var scope = new TensorScope();
        // torch.Generator().manual_seed(42), PyTorch 1.13: empty(4).normal_(0, 1) and empty(4, float64).uniform_(-1, 3).
        using var forNormal = new RandomGenerator(42);
        Tensor.Empty([4]).FillNormal(0, 1, forNormal).ShouldHold([4], [0.33669036626815796, 0.12880940735340118, 0.23446236550807953, 0.23033303022384644], 1e-7);
        using var forUniform = new RandomGenerator(42);
        Tensor.Empty([4], DType.Float64).FillUniform(-1, 3, forUniform)
            .ShouldHold([4], [-0.7673820561542812, -0.7483593303016898, -0.5056557089023639, -0.7896793425556918], 1e-15);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(42UL)]
    [InlineData(42UL + (7UL << 32))]
    [InlineData(ulong.MaxValue)]
    public void Same_seed_same_numbers(ulong seed)
    {
        Draw(seed).ShouldBe(Draw(seed));
        Draw(seed).ShouldBeUnique();
    }

    [Fact]
    public void Different_seeds_give_different_numbers()
    {
        ulong[] seeds = [0, 1, 42, 43, 1UL << 32, 2UL << 32, 42 + (1UL << 32), 42 + (1UL << 63), uint.MaxValue, ulong.MaxValue];
        seeds.SelectMany(seed => Draw(seed).Take(3)).ShouldBeUnique();
    }

    [Fact]
    public void Generators_do_not_disturb_each_other()
    {
        using var scope = new TensorScope();
        using var first = new RandomGenerator(1);
        using var second = new RandomGenerator(2);
        var a = Tensor.Empty([8], DType.Float64);
        var interleaved = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            interleaved.AddRange(a.FillUniform(0, 1, first).ToArray<double>());
            a.FillUniform(0, 1, second);
            using var third = new RandomGenerator(99);
            a.FillNormal(0, 1, third);
        }

        using var alone = new RandomGenerator(1);
        var expected = Enumerable.Range(0, 4).SelectMany(_ => a.FillUniform(0, 1, alone).ToArray<double>());
        interleaved.ShouldBe(expected);
        interleaved.ShouldBeUnique();
    }

    [Theory]
    [InlineData(5UL)]
    [InlineData(5UL << 40)]
    public void Draws_have_the_moments_asked_for(ulong seed)
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(seed);
        const int count = 200_000;
        var normal = Tensor.Empty([count], DType.Float64).FillNormal(3, 0.5, generator);
        normal.Mean().Item().ShouldBe(3, 5 * 0.5 / Math.Sqrt(count));
        (normal - 3).Square().Mean().Item().ShouldBe(0.25, 5 * 0.25 * Math.Sqrt(2.0 / count));
        var uniform = Tensor.Empty([count], DType.Float64).FillUniform(-2, 4, generator);
        uniform.Mean().Item().ShouldBe(1, 5 * Math.Sqrt(3.0 / count));
        (uniform - 1).Square().Mean().Item().ShouldBe(3, 0.05);
        uniform.Less(-2).LogicalOr(uniform.GreaterOrEqual(4)).Sum().Item().ShouldBe(0);
    }

    [Fact]
    public void Fillers_return_their_tensor_and_keep_its_type()
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(3);
        var x = Tensor.Zeros([64], DType.BFloat16);
        x.FillNormal(0, 1, generator).ShouldBeSameAs(x);
        x.DType.ShouldBe(DType.BFloat16);
        x.Abs().Sum().Item().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Disposed_generators_are_refused()
    {
        using var scope = new TensorScope();
        var generator = new RandomGenerator(3);
        generator.Dispose();
        generator.Dispose();
        Should.Throw<ObjectDisposedException>(() => Tensor.Zeros([4]).FillNormal(0, 1, generator));
    }

    [Fact]
    public void Impossible_distributions_are_refused()
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(3);
        Should.Throw<TorchException>(() => Tensor.Zeros([4]).FillNormal(0, -1, generator)).Message.ShouldContain("normal_(float32 [4])");
        Should.Throw<TorchException>(() => Tensor.Zeros([4]).FillUniform(2, 1, generator)).Message.ShouldContain("uniform_(float32 [4])");
        Should.Throw<TorchException>(() => Tensor.Zeros([4], DType.Int64).FillNormal(0, 1, generator)).Message.ShouldContain("int64");
    }

    private static double[] Draw(ulong seed)
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(seed);
        return Tensor.Empty([100], DType.Float64).FillUniform(0, 1, generator).ToArray<double>();
    }
}
