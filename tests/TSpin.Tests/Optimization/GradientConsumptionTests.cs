using Shouldly;
using TSpin.Adapters;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.Tests.Models;
using TSpin.Torch;
using TSpin.Triplets;
using Xunit;

namespace TSpin.Tests.Optimization;

/// <summary>A backward pass that updates each block as soon as it can gives the bits of one update of everything.</summary>
public sealed class GradientConsumptionTests
{
    // A limit that no gradient reaches clips nothing, and keeps every gradient until the end.
    private const double NeverReached = 1e30;

    [Theory]
    [InlineData(OptimizerKind.AdamW, MasterKind.Float32, false, true)]
    [InlineData(OptimizerKind.AdamW, MasterKind.Float32, true, true)]
    [InlineData(OptimizerKind.AdamW, MasterKind.Float32, true, false)]
    [InlineData(OptimizerKind.RmsProp, MasterKind.Float32, true, true)]
    [InlineData(OptimizerKind.RmsProp, MasterKind.Stochastic, true, true)]
    [InlineData(OptimizerKind.AdamW, MasterKind.Stochastic, true, false)]
    public void Weights_state_and_norm_are_those_of_one_update(OptimizerKind kind, MasterKind masters, bool narrow, bool tied)
    {
        var (expected, norms, _) = Train(kind, masters, narrow, tied, NeverReached);
        var (actual, ownNorms, together) = Train(kind, masters, narrow, tied, null);

        actual.Keys.ShouldBe(expected.Keys);
        foreach (var (name, values) in actual)
        {
            values.ShouldBe(expected[name], name);
        }

        ownNorms.Zip(norms, (a, b) => Math.Abs((a / b) - 1)).Max().ShouldBeLessThan(1e-12);
        together.ShouldBeLessThan(SmallModels.Base.LayerCount > 1 ? expected.Count / 2 : int.MaxValue, "as many gradients existed as without");
    }

    [Fact]
    public void An_adapter_trains_to_the_same_bits()
    {
        Train(null).ShouldBe(Train(NeverReached));

        static float[] Train(double? clip)
        {
            using var model = SmallModels.Decoder();
            using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, model, 1);
            model.Adapter = adapter;
            model.RecomputesBlocks = true;
            model.RequireGradients(true);
            using var optimizer = Optimizer.For(new TrainingSettings(), model);
            var trainer = new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 8, clip);
            for (var step = 1; step <= 3; step++)
            {
                trainer.Step(Triplets(), null, 1e-2, new StepPlace(1, 0, 1, step));
            }

            return [.. model.Trainable.Values.SelectMany(tensor => tensor.Detach().Reshape(-1).ToArray<float>())];
        }
    }

    [Fact]
    public void Several_passes_are_not_consumed_and_give_the_same_step()
    {
        var (expected, _, _) = Train(OptimizerKind.AdamW, MasterKind.Float32, narrow: false, tied: true, NeverReached, micro: 1);
        var (actual, _, _) = Train(OptimizerKind.AdamW, MasterKind.Float32, narrow: false, tied: true, null, micro: 1);
        foreach (var (name, values) in actual)
        {
            values.ShouldBe(expected[name], name);
        }
    }

    [Fact]
    public void A_gradient_that_is_not_finite_stops_the_step_and_says_what_was_updated()
    {
        using var model = SmallModels.Decoder();
        model.RecomputesBlocks = true;
        model.RequireGradients(true);
        using var optimizer = new Counting(model.Parameters);
        var trainer = new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 8, null);
        using (GradMode.Off())
        {
            // Nothing forward sees it: an infinite weight that is multiplied by zero in the loss would; one lost update does not.
            using var scope = new TensorScope();
            optimizer.BeforeUpdate = () => model.Parameters.First(entry => entry.Key.Contains("layers.0.", StringComparison.Ordinal)).Value.Multiply_(double.NaN);
        }

        var error = Should.Throw<NonFiniteException>(() => trainer.Step(Triplets(), null, 1e-3, new StepPlace(1, 0, 1, 1)));
        error.Message.ShouldContain("Some blocks were updated");
        optimizer.Updates.ShouldBeLessThan(SmallModels.Base.LayerCount + 1);
        optimizer.StepsDone.ShouldBe(1);
    }

    private static Triplet[] Triplets() => [.. Enumerable.Range(0, 4).Select(i => new Triplet(i, SmallModels.Ids(5, (ulong)i), SmallModels.Ids(6, (ulong)i + 10), SmallModels.Ids(4, (ulong)i + 20), SmallModels.Ids(7, (ulong)i + 30)))];

    private static (Dictionary<string, float[]> Values, double[] Norms, int Together) Train(OptimizerKind kind, MasterKind masters, bool narrow, bool tied, double? clip, int micro = 8)
    {
        var config = SmallModels.Base with { TieEmbeddings = tied };
        var type = narrow && masters == MasterKind.Stochastic ? DType.BFloat16 : DType.Float32;
        using var model = SmallModels.Decoder(config, SmallModels.Weights(config), type, narrow ? DType.BFloat16 : DType.Float32);
        model.RecomputesBlocks = true;
        model.RequireGradients(true);
        using var optimizer = Optimizer.For(new TrainingSettings { Optimizer = kind, Masters = masters }, model, 7);
        var trainer = new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, micro, clip);
        double[] norms = [.. Enumerable.Range(1, 3).Select(step => trainer.Step(Triplets(), null, 1e-2, new StepPlace(1, 0, 1, step)).Metrics.GradientNorm)];
        optimizer.StepsDone.ShouldBe(3);

        using var scope = new TensorScope();
        var values = model.Parameters.Concat(optimizer.State).Concat(model.Residues.Select(entry => KeyValuePair.Create(entry.Key + ".residue", entry.Value)))
            .ToDictionary(entry => entry.Key, entry => entry.Value.Detach().To(DType.Float32).Reshape(-1).ToArray<float>());
        using var seen = new Counting(model.Parameters);
        new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), seen, LogProbReduction.Sum, micro, clip).StepOf(model, Triplets());
        return (values, norms, seen.Most);
    }

    /// <summary>Updates nothing, and counts.</summary>
    private sealed class Counting(IReadOnlyDictionary<string, Tensor> parameters) : Optimizer(parameters, 0, null, null)
    {
        public int Updates { get; private set; }

        public int Most { get; private set; }

        public Action BeforeUpdate { get; set; } = () => { };

        protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale)
        {
            BeforeUpdate();
            Updates++;
            Most = Math.Max(Most, parameters.Count);
        }
    }
}
