using Shouldly;
using TSpin.Checks;
using TSpin.Distribution;
using Xunit;

namespace TSpin.Tests.Distribution;

/// <summary>The recorded trajectories of torch and TRL, whose steps several ranks share.</summary>
public sealed class DistributedTrajectoryTests
{
    /// <summary>Loss and norm of every step as close to those of one process as ten times the spread of two orders of summation, or a millionth; and the same again, bit for bit.</summary>
    [Theory, Trait("Category", "Slow")]
    [InlineData("training", 4, ShardingKind.None)]
    [InlineData("training", 3, ShardingKind.Full)]
    public void Recorded_trajectories_are_those_of_one_process_at_every_number_of_ranks(string record, int count, ShardingKind sharding)
    {
        var folder = SharedFolder.Require("reference", record);
        var reports = LaunchedProcesses.InThreads(count, TimeSpan.FromSeconds(60), group => TrainingCheck.Run(folder, ranks: new TrajectoryRanks(group, sharding)));
        reports.ShouldAllBe(report => report.Passed, reports[0].ToText());
        reports[0].ToText().ShouldContain("gradient norm over processes");
    }
}
