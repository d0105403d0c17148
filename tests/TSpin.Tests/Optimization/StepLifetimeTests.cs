using Shouldly;
using TSpin.Adapters;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Tests.Models;
using TSpin.Torch;
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
            policy.Training.RequireGradients(true);
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

    [Fact]
    public void With_an_adapter_only_the_optimizers_state_comes_to_stay()
    {
        using var model = SmallModels.Decoder(DType.BFloat16);
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, model, 1);
        model.Adapter = adapter;
        model.Training.RequireGradients(true);
        var held = Settled();
        using var optimizer = Optimizer.For(new TrainingSettings { Optimizer = OptimizerKind.AdamW }, model);
        var trainer = new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 1, null);
        for (var step = 1; step <= 3; step++)
        {
            trainer.Step([new(0, [3], [4, 5], [6], [7, 8]), new(1, [3, 4], [5], [6, 7], [8])], null, 1e-3, new StepPlace(0, 0, step, 3));
        }

        (TorchLibrary.LiveTensors - held).ShouldBe(optimizer.State.Count);
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
