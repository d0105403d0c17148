using Shouldly;
using TSpin.Checks;
using TSpin.Optimization;
using Xunit;

namespace TSpin.Tests.Distribution;

/// <summary>The recorded trajectories of torch and TRL, whose steps several ranks share.</summary>
public sealed class DistributedTrajectoryTests
{
    /// <summary>Loss and norm of every step as close to those of one process as ten times the spread of two orders of summation, or a millionth.</summary>
    [Theory, Trait("Category", "Slow")]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Recorded_trajectories_are_those_of_one_process_at_every_number_of_ranks(int count)
    {
        var folder = SharedFolder.Require("reference", "training");
        var alone = Steps(folder, null);
        var ranks = LaunchedProcesses.InThreads(count, TimeSpan.FromSeconds(60), group => Steps(folder, new RankExchange(group)));
        ranks[0].Count.ShouldBe(110);
        foreach (var ((run, actual), (_, expected)) in ranks[0].Zip(alone))
        {
            var spread = run.SpreadOfTwoOrdersOfSummation;
            actual.Loss.ShouldBe(expected.Loss, Math.Max(1e-6 * Math.Abs(expected.Loss), 10 * spread.Loss), $"{run.Configuration.Name}, step {actual.Step}");
            actual.GradientNorm.ShouldBe(
                expected.GradientNorm, Math.Max(1e-6, 10 * spread.GradientNormRelative) * expected.GradientNorm, $"{run.Configuration.Name}, step {actual.Step}");
        }

        ranks.ShouldAllBe(rank => rank.Select(step => step.Metrics.Loss).SequenceEqual(ranks[0].Select(step => step.Metrics.Loss)));
    }

    private static List<(TorchRecord.Run Run, StepMetrics Metrics)> Steps(string folder, IGradientExchange? exchange)
    {
        var list = new CheckList();
        var steps = new List<(TorchRecord.Run, StepMetrics)>();
        TrajectoryCheck.Run(
            list, Path.Combine(folder, "torch.json"), Path.Combine(folder, "triplets.ids.json"), Path.Combine(folder, "model"), default, exchange, (run, metrics) => steps.Add((run, metrics)));
        var report = list.Report(folder);
        report.Passed.ShouldBeTrue(report.ToText());
        return steps;
    }
}
