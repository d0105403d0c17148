using System.Numerics;
using Shouldly;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests;

/// <summary>Against numbers that Python 3.11 printed for the same calls.</summary>
public sealed class PythonRandomTests
{
    [Theory]
    [InlineData("0", 0.8444218515250481, 0.9466893945947962, 1757474015)]
    [InlineData("1234", 0.9664535356921388, 0.13002727226621502, 1220880870)]
    [InlineData("-7", 0.32383276483316237, 0.950867979111096, 292456606)]
    [InlineData("1099511627781", 0.5043802970418443, 0.2137785757307693, 1514450536)]
    public void Gives_the_numbers_of_random_Random(string seed, double first, double afterThousand, int next)
    {
        new PythonRandom(BigInteger.Parse(seed)).NextDouble().ShouldBe(first);
        var random = new PythonRandom(BigInteger.Parse(seed));
        for (var i = 0; i < 1000; i++)
        {
            random.NextDouble();
        }

        random.NextDouble().ShouldBe(afterThousand);
        random.Below(int.MaxValue).ShouldBe(next);
    }

    [Fact]
    public void Samples_as_Python_does_both_from_few_and_from_many()
    {
        var random = new PythonRandom(1234);
        int[] many = [.. Enumerable.Range(0, 7473)];
        random.Sample(many, 5).ShouldBe([6374, 3610, 957, 61, 742]);
        random.Sample(many, 5).ShouldBe([7462, 6610, 4769, 286, 5501]);
        new PythonRandom(1234).Sample([.. Enumerable.Range(0, 20)], 5).ShouldBe([14, 3, 0, 2, 1]);
        // Both sides of the size where Python changes its way of drawing.
        random = new PythonRandom(0);
        random.Sample([.. Enumerable.Range(0, 21)], 6).ShouldBe([12, 13, 1, 8, 16, 15]);
        random.Sample([.. Enumerable.Range(0, 86)], 11).ShouldBe([51, 38, 61, 45, 74, 27, 64, 17, 36, 12, 79]);
        random.Sample([.. Enumerable.Range(0, 84)], 11).ShouldBe([32, 68, 77, 18, 39, 12, 9, 42, 60, 71, 78]);
    }

    [Fact]
    public void Shuffles_and_chooses_as_Python_does()
    {
        int[] items = [.. Enumerable.Range(0, 10)];
        new PythonRandom(0).Shuffle(items);
        items.ShouldBe([7, 8, 1, 5, 3, 4, 2, 0, 9, 6]);
        var random = new PythonRandom(1234);
        int[] hundred = [.. Enumerable.Range(0, 100)];
        Enumerable.Range(0, 6).Select(_ => random.Choice(hundred)).ShouldBe([99, 56, 14, 0, 11, 74]);
    }
}
