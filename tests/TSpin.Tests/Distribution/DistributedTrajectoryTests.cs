using Shouldly;
using TSpin.Checks;
using TSpin.Distribution;
using TSpin.Optimization;
using Xunit;

namespace TSpin.Tests.Distribution;

/// <summary>The recorded trajectories of torch and TRL, whose steps several ranks share.</summary>
public sealed class DistributedTrajectoryTests
{
    [Theory, Trait("Category", "Slow")]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Recorded_trajectories_are_reproduced_at_every_number_of_ranks(int count)
    {
        var folder = SharedFolder.Require("reference", "training");
        var port = LaunchedProcesses.FreePort();
        var ranks = Enumerable.Range(0, count).Select(rank => Task.Factory.StartNew(
            () =>
            {
                using var group = RankGroup.Join(new LaunchedRank("a test", rank, count, rank, "127.0.0.1", port, false, "trajectories") { LocalCount = count }, TimeSpan.FromSeconds(60));
                return TrainingCheck.Run(folder, exchange: new RankExchange(group));
            },
            TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(ranks, TimeSpan.FromMinutes(5)).ShouldBeTrue("the ranks wait for each other");
        ranks.ShouldAllBe(rank => rank.Result.Passed, ranks[0].Result.ToText());
    }
}
