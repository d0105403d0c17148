using Shouldly;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

public sealed class AheadTests
{
    [Fact]
    public void Items_come_in_order_with_what_was_made_of_them() =>
        Ahead.Of(Enumerable.Range(0, 5), item => item * item).ShouldBe([(0, 0), (1, 1), (2, 4), (3, 9), (4, 16)]);

    [Fact]
    public void There_may_be_none() => Ahead.Of(Array.Empty<int>(), item => item).ShouldBeEmpty();

    [Fact]
    public void The_next_one_is_made_while_the_last_one_is_in_use()
    {
        using var secondIsMade = new ManualResetEventSlim();
        foreach (var (item, _) in Ahead.Of([1, 2], Make))
        {
            // Made lazily, the second would never come while the first is here.
            secondIsMade.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).ShouldBeTrue($"item {item}");
        }

        int Make(int item)
        {
            if (item == 2)
            {
                secondIsMade.Set();
            }

            return item;
        }
    }

    [Fact]
    public void What_fails_is_thrown_in_its_place()
    {
        var seen = new List<int>();
        Should.Throw<FormatException>(() =>
        {
            foreach (var (item, _) in Ahead.Of([1, 2, 3], item => item == 3 ? throw new FormatException() : item))
            {
                seen.Add(item);
            }
        });
        seen.ShouldBe([1, 2]);
    }
}
