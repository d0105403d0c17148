using Shouldly;
using TSpin.Optimization;
using TSpin.Prompts;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class WindowSharesTests
{
    [Fact]
    public void Every_triplet_is_of_one_process_and_their_tokens_are_even()
    {
        Triplet[] window = [.. Enumerable.Range(0, 64).Select(i => new Triplet(i, new int[10 + (i * 37 % 90)], [1, 2]))];
        var shares = WindowShares.Of(window, 3);
        shares.SelectMany(share => share).Order().ShouldBe(Enumerable.Range(0, 64));
        shares.ShouldAllBe(share => share.SequenceEqual(share.Order()));
        int[] tokens = [.. shares.Select(share => share.Sum(place => window[place].Prompt.Length + 2))];
        (tokens.Max() - tokens.Min()).ShouldBeLessThan(20);
    }

    [Fact]
    public void Where_triplets_are_fewer_some_processes_have_none() =>
        WindowShares.Of([new Triplet(0, [1], [1, 2, 3]), new Triplet(1, [1], [1])], 4).ShouldBe([[0], [1], [], []]);
}
