using Shouldly;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.Tests.Models;
using TSpin.Torch;
using TSpin.Triplets;
using Xunit;

namespace TSpin.Tests.Optimization;

/// <summary>Counts live tensors of the whole process, so it runs while no other test does.</summary>
[Collection(nameof(StepLifetimeTests))]
[CollectionDefinition(nameof(StepLifetimeTests), DisableParallelization = true)]
public sealed class StepLifetimeTests
{
    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        var start = Settled();
        using (var policy = SmallModels.Decoder())
        {
            policy.RequireGradients(true);
            using var optimizer = new AdamW(policy.Parameters);
            var trainer = new Trainer(policy, new SpinObjective(0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 2, 1);
            Triplet[] triplets = [new(0, [3], [4, 5], [6]), new(1, [3, 4], [5], [6, 7]), new(2, [8], [9], [10])];
            var reference = trainer.Reference(triplets);
            trainer.Step(triplets, reference, 1e-3, new StepPlace(0, 0, 1, 3));
            var afterOne = TorchLibrary.LiveTensors;
            trainer.Step(triplets, reference, 1e-3, new StepPlace(0, 0, 2, 3));
            trainer.Step(triplets, reference, 1e-3, new StepPlace(0, 0, 3, 3));
            TorchLibrary.LiveTensors.ShouldBe(afterOne);
        }

        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    // Tensors that other tests left to the garbage collector go first.
    private static long Settled()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return TorchLibrary.LiveTensors;
    }
}
