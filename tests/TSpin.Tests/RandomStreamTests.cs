using Shouldly;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests;

public sealed class RandomStreamTests
{
    [Fact]
    public void Gives_the_published_SplitMix64_sequence()
    {
        // First outputs for seed 1234567, as printed by the reference C implementation (prng.di.unimi.it/splitmix64.c).
        var stream = new RandomStream(1234567);
        stream.NextBits().ShouldBe(6457827717110365317UL);
        stream.NextBits().ShouldBe(3203168211198807973UL);
        stream.NextBits().ShouldBe(9817491932198370423UL);
    }

    [Fact]
    public void Named_seeds_differ_by_name_and_index_and_repeat()
    {
        var seeds = new[]
        {
            NamedSeed.Derive(1, "generation", 0, 0), NamedSeed.Derive(1, "generation", 0, 1), NamedSeed.Derive(1, "generation", 1, 0),
            NamedSeed.Derive(1, "shuffle", 0, 0), NamedSeed.Derive(2, "generation", 0, 0), NamedSeed.Derive(1, "generation"),
        };
        seeds.ShouldBeUnique();
        NamedSeed.Derive(1, "generation", 0, 0).ShouldBe(seeds[0]);
    }

    [Fact]
    public void Integers_cover_their_range_evenly()
    {
        var stream = new RandomStream(7);
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++)
        {
            counts[stream.NextInt(6)]++;
        }

        counts.ShouldAllBe(count => Math.Abs(count - 10_000) < 500);
    }

    [Fact]
    public void Shuffle_keeps_every_element_and_depends_on_the_seed_only()
    {
        var first = Enumerable.Range(0, 100).ToArray();
        var second = Enumerable.Range(0, 100).ToArray();
        new RandomStream(3).Shuffle<int>(first);
        new RandomStream(3).Shuffle<int>(second);
        first.ShouldBe(second);
        first.ShouldNotBe(Enumerable.Range(0, 100));
        first.Order().ShouldBe(Enumerable.Range(0, 100));
    }
}
