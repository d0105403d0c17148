using System.Buffers.Binary;

using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>Packed weights hold every number as it was, whatever numbers there are: their compact form knows sixteen exponents and zero, and leaves the rest as it is.</summary>
public sealed class PackedWeightTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(40)]
    public void Every_finite_number_comes_out_as_it_went_in(int rows)
    {
        // One row of the input takes one column: the others add zeros. Numbers below the normal ones count as zero, in libtorch's products as in these.
        ushort[] normal = [.. Enumerable.Range(0, 1 << 16).Select(bits => (ushort)bits).Where(bits => (bits & 0x7f80) is not (0 or 0x7f80))];
        foreach (var (name, order) in new[] { ("ascending", normal), ("at random", Shuffled(normal)) })
        {
            const int depth = 40;
            var outputs = (normal.Length + depth - 1) / depth;
            var bits = new ushort[outputs * depth];
            order.CopyTo(bits, 0);
            using var scope = new TensorScope();
            using var off = GradMode.Off();
            var weight = Weight(bits, outputs, depth);
            var packed = Packed(weight);
            for (var from = 0; from < depth; from += rows)
            {
                var count = Math.Min(rows, depth - from);
                var input = Given.Float32([rows, depth], [.. Enumerable.Range(0, rows * depth).Select(i => i % depth == from + (i / depth) && i / depth < count ? 1f : 0f)]).To(DType.BFloat16);
                Values(FusedLayers.PackedLinear(input, packed, outputs).Narrow(0, 0, count)).ShouldBe(Values(weight.Narrow(1, from, count).Transpose(0, 1)), $"{name}, columns from {from}");
            }
        }
    }

    public static TheoryData<string, Func<Random, int, ushort>> Kinds => new()
    {
        { "drawn", (draws, _) => Bits(Normal(draws)) },
        { "some zeros", (draws, _) => draws.Next(50) == 0 ? (ushort)(draws.Next(2) << 15) : Bits(Normal(draws)) },
        { "some zeros, and numbers that are the base of the exponents", (draws, _) => draws.Next(3) switch { 0 => 0, 1 => (ushort)(draws.Next(100, 116) << 7), _ => (ushort)((draws.Next(100, 116) << 7) | draws.Next(128)) } },
        { "all zero", (_, _) => 0 },
        { "a few far larger", (draws, _) => Bits(Normal(draws) * (draws.Next(500) == 0 ? 1e6 : 1)) },
        { "of all sizes", (draws, _) => (ushort)((draws.Next(100, 140) << 7) | draws.Next(128) | (draws.Next(2) << 15)) },
        { "sizes by row", (draws, row) => Bits(Normal(draws) * Math.Pow(2, row % 7)) },
        { "some below the normal ones", (draws, _) => draws.Next(9) == 0 ? (ushort)draws.Next(128) : Bits(Normal(draws)) },
        { "the largest exponents", (draws, _) => (ushort)((draws.Next(230, 240) << 7) | draws.Next(128)) },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Products_are_those_of_the_weights_themselves(string kind, Func<Random, int, ushort> number)
    {
        foreach (var (outputs, depth) in new[] { (64, 576), (49, 1028), (33, 4), (70, 514), (1, 66) })
        {
            using var scope = new TensorScope();
            using var off = GradMode.Off();
            var draws = new Random(3);
            var weight = Weight([.. Enumerable.Range(0, outputs * depth).Select(i => number(draws, i / depth))], outputs, depth);
            var packed = Packed(weight);
            for (var rows = 1; rows <= 30; rows++)
            {
                var input = Weight([.. Enumerable.Range(0, rows * depth).Select(_ => Bits(Normal(draws)))], rows, depth);
                Values(FusedLayers.PackedLinear(input, packed, outputs)).ShouldBe(Values(Layers.Linear(input, weight)), $"{kind}, [{outputs}, {depth}], {rows} rows");
            }
        }
    }

    [Fact]
    public void Trained_weights_take_a_quarter_less()
    {
        using var scope = new TensorScope();
        var draws = new Random(4);
        var drawn = Packed(Weight([.. Enumerable.Range(0, 512 * 1024).Select(_ => Bits(Normal(draws)))], 512, 1024));
        var withZeros = Packed(Weight([.. Enumerable.Range(0, 512 * 1024).Select(i => i % 64 == 0 ? (ushort)0 : Bits(Normal(draws)))], 512, 1024));
        var ofAllSizes = Packed(Weight([.. Enumerable.Range(0, 512 * 1024).Select(_ => (ushort)draws.Next(1 << 15))], 512, 1024));
        if (TorchLibrary.KernelSet == "avx2")
        {
            drawn.ElementCount.ShouldBeInRange(1024 * 1024, 1100 * 1024, "without AVX-512 they are turned only");
            return;
        }

        drawn.ElementCount.ShouldBeInRange(768 * 1024, 800 * 1024);
        withZeros.ElementCount.ShouldBeInRange(768 * 1024, 800 * 1024);
        ofAllSizes.ElementCount.ShouldBeInRange(1024 * 1024, 1040 * 1024);
    }

    private static Tensor Packed(Tensor weight)
    {
        var packed = FusedLayers.PackWeights(weight);
        Assert.SkipWhen(packed is null, "this processor, or TSPIN_KERNELS, has no products of few rows");
        return packed;
    }

    private static Tensor Weight(ushort[] bits, int outputs, int depth)
    {
        var bytes = new byte[2 * bits.Length];
        for (var i = 0; i < bits.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), bits[i]);
        }

        return Tensor.FromBytes(bytes, [outputs, depth], DType.BFloat16);
    }

    private static double[] Values(Tensor tensor) => tensor.To(DType.Float64).ToArray<double>();

    private static double Normal(Random draws) => 0.02 * Math.Sqrt(-2 * Math.Log(1 - draws.NextDouble())) * Math.Cos(2 * Math.PI * draws.NextDouble());

    private static ushort Bits(double value) => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16);

    private static ushort[] Shuffled(ushort[] numbers)
    {
        ushort[] copy = [.. numbers];
        new Random(2).Shuffle(copy);
        return copy;
    }
}
