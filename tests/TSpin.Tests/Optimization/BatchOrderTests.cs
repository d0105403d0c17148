using Shouldly;
using TSpin.Optimization;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class BatchOrderTests
{
    [Theory]
    [InlineData(7, 3, 2, 6)]
    [InlineData(6, 3, 1, 2)]
    [InlineData(2, 64, 3, 3)]
    public void Every_triplet_comes_once_an_epoch_and_the_last_step_may_be_short(int count, int batch, int epochs, int steps)
    {
        var batches = BatchOrder.Batches(count, batch, epochs, 1, 0).ToArray();

        BatchOrder.Steps(count, batch, epochs).ShouldBe(steps);
        batches.Length.ShouldBe(steps);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var own = batches.Where(step => step.Epoch == epoch).ToArray();
            own.SelectMany(step => step.Indices).Order().ShouldBe(Enumerable.Range(0, count));
            own.SkipLast(1).ShouldAllBe(step => step.Indices.Length == batch);
        }
    }

    [Fact]
    public void The_order_depends_on_seed_iteration_and_epoch_and_on_nothing_else()
    {
        int[] Order(ulong seed, int iteration, int epoch, int batch = 10) =>
            [.. BatchOrder.Batches(50, batch, 2, seed, iteration).Where(step => step.Epoch == epoch).SelectMany(step => step.Indices)];

        Order(1, 0, 0).ShouldBe(Order(1, 0, 0));
        Order(1, 0, 0).ShouldBe(Order(1, 0, 0, batch: 7), "the batch size cuts the same order elsewhere");
        Order(1, 0, 0).ShouldNotBe(Order(2, 0, 0));
        Order(1, 0, 0).ShouldNotBe(Order(1, 1, 0));
        Order(1, 0, 0).ShouldNotBe(Order(1, 0, 1));
    }
}
