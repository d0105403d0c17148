using Shouldly;
using TSpin.Checkpoints;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class TrainerTests
{
    private static readonly Triplet[] Triplets = [.. Enumerable.Range(0, 5).Select(i => new Triplet(
        i, SmallModels.Ids(1 + i, 10 + (ulong)i), SmallModels.Ids(2 + i, 20 + (ulong)i), SmallModels.Ids(5 - i, 30 + (ulong)i), SmallModels.Ids(3, 40 + (ulong)i)))];

    public static TheoryData<string, LogProbReduction> MethodsAndReductions => new()
    {
        { "tspin", LogProbReduction.Sum },
        { "tspin", LogProbReduction.Mean },
        { "tspin-ref", LogProbReduction.Sum },
        { "spin", LogProbReduction.Sum },
        { "sft", LogProbReduction.Sum },
        { "sft", LogProbReduction.Mean },
    };

    [Theory]
    [MemberData(nameof(MethodsAndReductions))]
    public void Accumulated_micro_batches_equal_one_batch(string word, LogProbReduction reduction)
    {
        var method = Methods.Named(word);
        var whole = Train(5);
        // Micro-batches of 2 leave a last one of 1.
        foreach (var microBatch in new[] { 2, 1 })
        {
            var parts = Train(microBatch);
            parts.Metrics.Loss.ShouldBe(whole.Metrics.Loss, 1e-12);
            parts.Metrics.GradientNorm.ShouldBe(whole.Metrics.GradientNorm, 1e-10);
            parts.Weights.ShouldBe(whole.Weights, 1e-11);
        }

        // One triplet a pass, two passes of several, and a budget that holds all; padded rows too.
        foreach (var (tokens, forward) in new (int, ITripletForward?)[] { (1, null), (40, null), (1000, null), (30, new PaddedForward()) })
        {
            var parts = Train(5, tokens, forward);
            parts.Metrics.Loss.ShouldBe(whole.Metrics.Loss, 1e-12);
            parts.Metrics.GradientNorm.ShouldBe(whole.Metrics.GradientNorm, 1e-10);
            parts.Metrics.LogProbAnnotated.ShouldBe(whole.Metrics.LogProbAnnotated, 1e-10);
            parts.Weights.ShouldBe(whole.Weights, 1e-11);
            parts.Triplets.Select(triplet => triplet.Index).ShouldBe([0, 1, 2, 3, 4]);
            parts.Triplets.Zip(whole.Triplets).ShouldAllBe(pair => Math.Abs(pair.First.LogProbAnnotated - pair.Second.LogProbAnnotated) < 1e-10);
        }

        (StepMetrics Metrics, double[] Weights, IReadOnlyList<TripletMetrics> Triplets) Train(int microBatch, int tokensPerPass = int.MaxValue, ITripletForward? forward = null)
        {
            using var policy = SmallModels.Decoder(DType.Float64);
            policy.Training.RequireGradients(true);
            // Plain gradient descent: an adaptive optimizer would hide a wrong scale.
            using var optimizer = new PlainDescent(policy.Parameters);
            var trainer = new Trainer(policy, method.Create(new ObjectiveSettings { Alpha = 0.3, Lambda = 0.3 }, 1), optimizer, reduction, microBatch, null, forward, tokensPerPass);
            var reference = trainer.Reference(Triplets);
            trainer.Step(Triplets, reference, 1e-2, new StepPlace(1, 0, 1, 2));
            var (metrics, triplets) = trainer.Step(Triplets, reference, 1e-2, new StepPlace(1, 0, 2, 2));
            using var scope = new TensorScope();
            return (metrics, [.. policy.Weights.Names.SelectMany(name => policy.Parameters[name].Detach().ToArray<double>())], triplets);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_that_was_planned_before_the_one_before_it_changes_no_bit(bool padded)
    {
        Train(planned: true).ShouldBe(Train(planned: false));

        double[] Train(bool planned)
        {
            using var policy = SmallModels.Decoder(DType.Float32);
            policy.Training.RequireGradients(true);
            using var optimizer = new PlainDescent(policy.Parameters);
            var trainer = new Trainer(policy, new TSpinObjective(0.5, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 2, null, padded ? new PaddedForward() : null);
            Triplet[][] windows = [Triplets[..3], Triplets[2..]];
            var plans = planned ? windows.Select(trainer.Plan).ToArray() : null;
            for (var i = 0; i < windows.Length; i++)
            {
                var place = new StepPlace(1, 0, i + 1, windows.Length);
                _ = plans is null ? trainer.Step(windows[i], null, 1e-2, place) : trainer.Step(plans[i], null, 1e-2, place);
            }

            using var scope = new TensorScope();
            return [.. policy.Weights.Names.SelectMany(name => policy.Parameters[name].Detach().ToArray<float>()).Select(value => (double)value)];
        }
    }

    [Fact]
    public void A_short_window_is_a_mean_over_its_own_triplets()
    {
        using var policy = SmallModels.Decoder(DType.Float64);
        policy.Training.RequireGradients(true);
        using var optimizer = new PlainDescent(policy.Parameters);
        var trainer = new Trainer(policy, new TSpinObjective(0.5, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 3, null);
        var rows = trainer.Reference(Triplets[..2]);

        var loss = trainer.Step(Triplets[..2], null, 0, new StepPlace(1, 0, 1, 1)).Metrics.Loss;

        loss.ShouldBe(rows.Average(row => L(0.5 * (row.Annotated - row.Synthetic!.Value)) + (0.1 * L(0.5 * (row.Synthetic.Value - row.ProtoSynthetic!.Value)))), 1e-12);

        static double L(double x) => Math.Log(1 + Math.Exp(-x));
    }

    [Fact]
    public void A_step_lowers_the_loss_and_clears_gradients()
    {
        using var policy = SmallModels.Decoder();
        policy.Training.RequireGradients(true);
        using var optimizer = new AdamW(policy.Parameters, residues: policy.Weights.Residues);
        var trainer = new Trainer(policy, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 2, 1);
        var losses = Enumerable.Range(1, 8).Select(step => trainer.Step(Triplets, null, 1e-2, new StepPlace(1, 0, step, 8)).Metrics.Loss).ToArray();

        losses[^1].ShouldBeLessThan(losses[0] * 0.5);
        policy.Parameters.Values.ShouldAllBe(parameter => parameter.Grad() == null);
        optimizer.StepsDone.ShouldBe(8);
    }

    [Fact]
    public void Where_synthetic_is_proto_the_historical_term_is_log_2()
    {
        using var policy = SmallModels.Decoder();
        policy.Training.RequireGradients(true);
        using var optimizer = new RmsProp(policy.Parameters, residues: policy.Weights.Residues);
        var trainer = new Trainer(policy, Methods.TSpin.Create(new ObjectiveSettings(), 0), optimizer, LogProbReduction.Sum, 2, 1);
        var first = Triplets.Select(triplet => triplet with { ProtoSynthetic = triplet.Synthetic }).ToArray();

        var metrics = trainer.Step(first, null, 1e-3, new StepPlace(0, 0, 1, 1)).Metrics;

        metrics.HistoricalTerm!.Value.ShouldBe(Math.Log(2), 1e-12);
        metrics.Loss.ShouldBe(metrics.CurrentTerm!.Value, 1e-12, "beta is 0 in iteration 0");
    }

    [Fact]
    public void A_reference_equal_to_the_policy_gives_SPIN_log_2()
    {
        using var policy = SmallModels.Decoder();
        policy.Training.RequireGradients(true);
        using var optimizer = new RmsProp(policy.Parameters, residues: policy.Weights.Residues);
        var trainer = new Trainer(policy, new SpinObjective(0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 2, 1);

        trainer.Step(Triplets, trainer.Reference(Triplets), 1e-3, new StepPlace(0, 0, 1, 1)).Metrics.Loss.ShouldBe(Math.Log(2), 1e-6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Small_updates_survive_in_float32_masters_and_vanish_in_bfloat16(bool masters)
    {
        // The paper's line of recipes steps by 5e-7; a bfloat16 weight of 0.5 has neighbours 0.002 away.
        using var policy = SmallModels.Decoder(SmallModels.Base, SmallModels.Weights(SmallModels.Base), masters ? DType.Float32 : DType.BFloat16, DType.BFloat16);
        policy.Training.RequireGradients(true);
        using var optimizer = new RmsProp(policy.Parameters, residues: policy.Weights.Residues);
        var trainer = new Trainer(policy, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 5, null);
        var before = Values(policy);

        trainer.Step(Triplets, null, 5e-7, new StepPlace(1, 0, 1, 1));

        var moved = Values(policy).Zip(before, (after, old) => after != old ? 1.0 : 0).Average();
        if (masters)
        {
            moved.ShouldBeGreaterThan(0.85, "all weights but the embedding rows of tokens that do not occur");
        }
        else
        {
            moved.ShouldBeLessThan(0.02);
        }

        static float[] Values(Decoder policy)
        {
            using var scope = new TensorScope();
            return [.. policy.Weights.Names.SelectMany(name => policy.Weights.Exact(name).To(DType.Float32).ToArray<float>())];
        }
    }

    [Fact]
    public void Bfloat16_arithmetic_trains_close_to_float32()
    {
        var exact = Train(DType.Float32);
        var rounded = Train(DType.BFloat16);
        for (var i = 0; i < exact.Length; i++)
        {
            rounded[i].ShouldBe(exact[i], 0.05 * exact[0]);
            rounded[i].ShouldNotBe(exact[i]);
        }

        static double[] Train(DType computeType)
        {
            using var policy = SmallModels.Decoder(SmallModels.Base, SmallModels.Weights(SmallModels.Base), DType.Float32, computeType);
            policy.Training.RequireGradients(true);
            using var optimizer = new AdamW(policy.Parameters, residues: policy.Weights.Residues);
            var trainer = new Trainer(policy, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 5, 1);
            return [.. Enumerable.Range(1, 4).Select(step => trainer.Step(Triplets, null, 3e-3, new StepPlace(1, 0, step, 4)).Metrics.Loss)];
        }
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_before_the_step()
    {
        using var policy = SmallModels.Decoder();
        policy.Training.RequireGradients(true);
        using var optimizer = new AdamW(policy.Parameters, residues: policy.Weights.Residues);
        var good = new Trainer(policy, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 2, 1);
        good.Step(Triplets, null, 1e-3, new StepPlace(1, 0, 1, 3));
        using var scope = new TensorScope();
        var weights = policy.Weights.Names.Select(name => policy.Parameters[name].Detach().ToArray<float>()).ToArray();
        var state = optimizer.State.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray<float>());
        var overflowing = new Trainer(policy, new TSpinObjective(1e4, 0.1, Link.Exponential), optimizer, LogProbReduction.Sum, 2, 1);

        var error = Should.Throw<NonFiniteException>(() => overflowing.Step(Triplets, null, 1e-3, new StepPlace(3, 0, 2, 3)));

        error.ExitCode.ShouldBe(4);
        error.Message.ShouldContain("iteration 3, step 2");
        error.Message.ShouldContain("loss");
        policy.Weights.Names.Select(name => policy.Parameters[name].Detach().ToArray<float>()).ShouldBe(weights);
        optimizer.StepsDone.ShouldBe(1);
        optimizer.State.ShouldAllBe(pair => pair.Value.ToArray<float>().SequenceEqual(state[pair.Key]));
        policy.Parameters.Values.ShouldAllBe(parameter => parameter.Grad() == null);
        double.IsFinite(good.Step(Triplets, null, 1e-3, new StepPlace(1, 0, 2, 3)).Metrics.Loss).ShouldBeTrue("the next step is clean");
    }

    [Fact]
    public void A_reference_that_is_missing_or_short_is_refused()
    {
        using var policy = SmallModels.Decoder();
        policy.Training.RequireGradients(true);
        using var optimizer = new RmsProp(policy.Parameters, residues: policy.Weights.Residues);
        var trainer = new Trainer(policy, new SpinObjective(0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 2, 1);

        Should.Throw<ArgumentException>(() => trainer.Step(Triplets, null, 1e-3, new StepPlace(0, 0, 1, 1))).Message.ShouldContain("reference");
        Should.Throw<ArgumentException>(() => trainer.Step(Triplets, trainer.Reference(Triplets[..3]), 1e-3, new StepPlace(0, 0, 1, 1))).Message.ShouldContain("not 3");
        optimizer.StepsDone.ShouldBe(0);
    }

    [Fact]
    public void A_narrower_compute_type_trains_the_wider_parameters_and_reads_them_rounded()
    {
        using var scope = new TensorScope();
        var updates = new List<double[]>();
        foreach (var (type, micro) in new[] { (DType.BFloat16, 8), (DType.BFloat16, 1), (DType.Float32, 8) })
        {
            using var policy = SmallModels.Decoder(SmallModels.Base, SmallModels.Weights(SmallModels.Base, 1), computeType: type);
            var before = All(policy);
            policy.Training.RequireGradients(true);
            policy.Weights.Residues.Count.ShouldBe(type == DType.Float32 ? 0 : policy.Weights.Names.Count);
            using var optimizer = Optimizer.For(new TrainingSettings { Optimizer = OptimizerKind.AdamW }, policy);
            var trainer = new Trainer(policy, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, micro, 1);
            for (var step = 1; step <= 2; step++)
            {
                trainer.Step(Triplets, null, 1e-3, new StepPlace(0, 0, step, 2));
            }

            foreach (var name in policy.Weights.Residues.Keys)
            {
                // Rounded to the nearest; where two are as near, away from zero.
                var (read, exact) = (Values(policy.Parameters[name]), Values(policy.Weights.Exact(name)));
                exact.ShouldNotBe(read, name);
                read.Zip(exact, (a, b) => Math.Abs(a - b) <= Math.Abs(b) / 256).ShouldAllBe(near => near, name);
            }

            updates.Add([.. All(policy).Zip(before, (after, earlier) => after - earlier)]);
        }

        // The directions agree as well as bfloat16 lets them.
        Cosine(updates[0], updates[1]).ShouldBeGreaterThan(0.97);
        Cosine(updates[0], updates[2]).ShouldBeGreaterThan(0.9);

        static double[] All(Decoder policy) => [.. policy.Weights.Names.SelectMany(name => Values(policy.Weights.Exact(name)))];
        static double[] Values(Tensor tensor) => tensor.Detach().To(DType.Float64).Reshape(-1).ToArray<double>();
        static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW, MasterKind.Float32)]
    [InlineData(OptimizerKind.RmsProp, MasterKind.Float32)]
    [InlineData(OptimizerKind.RmsProp, MasterKind.Stochastic)]
    public void With_bfloat16_arithmetic_a_step_goes_the_same_way_in_micro_batches_too_and_a_resumed_run_to_the_same_bits(OptimizerKind kind, MasterKind masters)
    {
        using var scope = new TensorScope();
        var path = Path.Combine(Directory.CreateTempSubdirectory("tspin-masters").FullName, "state.safetensors");
        var wide = Train(DType.Float32, 8, null);
        var narrow = Train(DType.BFloat16, 8, null);
        Train(DType.BFloat16, 8, path).ShouldBe(narrow);
        Cosine(wide, narrow).ShouldBeGreaterThan(0.8);
        Cosine(wide, Train(DType.BFloat16, 1, null)).ShouldBeGreaterThan(0.8);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

        double[] Train(DType computeType, int micro, string? stop)
        {
            var settings = new TrainingSettings { Optimizer = kind, Masters = masters };
            var weights = SmallModels.Weights(SmallModels.Base, 1).ToDictionary(weight => weight.Key, weight => Tensor.From(weight.Value).To(DType.BFloat16).To(DType.Float64).ToArray<double>());
            var policy = Model();
            var before = All(policy);
            var optimizer = Start(policy);
            for (var step = 1; step <= 4; step++)
            {
                new Trainer(policy, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, micro, 1).Step(Triplets, null, 1e-2, new StepPlace(0, 0, step, 4));
                if (step == 2 && stop is not null)
                {
                    TrainingState.Save(stop, policy, optimizer, step);
                    optimizer.Dispose();
                    policy.Dispose();
                    policy = Model();
                    optimizer = Start(policy);
                    TrainingState.Restore(stop, policy, optimizer).ShouldBe(2);
                }
            }

            double[] update = [.. All(policy).Zip(before, (after, earlier) => after - earlier)];
            optimizer.Dispose();
            policy.Dispose();
            return update;

            Decoder Model() => SmallModels.Decoder(SmallModels.Base, weights, masters == MasterKind.Stochastic ? computeType : DType.Float32, computeType);

            Optimizer Start(Decoder model)
            {
                model.Training.RequireGradients(true);
                model.Weights.Residues.Count.ShouldBe(computeType == DType.BFloat16 && masters == MasterKind.Float32 ? model.Weights.Names.Count : 0);
                return Optimizer.For(settings, model, 7);
            }
        }

        static double[] All(Decoder policy) => [.. policy.Weights.Names.SelectMany(name => policy.Weights.Exact(name).To(DType.Float64).Reshape(-1).ToArray<double>())];
        static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
    }

    public static TheoryData<string> Families => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Blocks_computed_again_or_by_themselves_give_the_same_gradients(string name)
    {
        foreach (var (type, packed) in new[] { (DType.Float64, true), (DType.Float32, true), (DType.Float32, false) })
        {
            using var scope = new TensorScope();
            var config = SmallModels.All[name];
            using var policy = SmallModels.Decoder(config, SmallModels.Weights(config), type);
            policy.Training.RequireGradients(true);
            ITripletForward forward = packed ? new PackedForward() : new PaddedForward();
            var plain = Gradients();
            policy.Training.RecomputesBlocks = true;
            forward.Run(policy, Triplets).Annotated.Sum().Backward();
            Should.Throw<InvalidOperationException>(() => policy.Training.Gradient(policy.Weights.Names[0])).Message.ShouldContain("FinishBackward");
            policy.Training.ClearGradients();

            Gradients().ShouldBe(plain, $"{type}, packed {packed}");
            policy.Training.RecomputesBlocks = false;
            policy.Training.StopsAtBlocks = true;
            Gradients().ShouldBe(plain, $"{type}, packed {packed}, kept block by block");

            double[] Gradients()
            {
                using var inner = new TensorScope();
                var sums = forward.Run(policy, Triplets);
                (sums.Annotated - (sums.Synthetic! * 0.5) + (sums.ProtoSynthetic! * 0.25)).Sum().Backward();
                policy.Training.FinishBackward();
                double[] all = [.. policy.Weights.Names.SelectMany(parameter => policy.Training.Gradient(parameter) is { } gradient ? gradient.To(DType.Float64).Reshape(-1).ToArray<double>() : [])];
                policy.Training.ClearGradients();
                return all;
            }
        }
    }

    [Fact]
    public void An_optimizer_that_does_not_know_the_lower_halves_is_refused()
    {
        using var scope = new TensorScope();
        using var policy = SmallModels.Decoder(SmallModels.Base, SmallModels.Weights(SmallModels.Base, 1), computeType: DType.BFloat16);
        policy.Training.RequireGradients(true);
        using var optimizer = new AdamW(policy.Parameters);
        var trainer = new Trainer(policy, new SftObjective(), optimizer, LogProbReduction.Sum, 2, 1);
        Should.Throw<ArgumentException>(() => trainer.Step(Triplets, null, 1e-3, new StepPlace(0, 0, 1, 1))).Message.ShouldContain("DecoderWeights.Residues");
    }

    private sealed class PlainDescent(IReadOnlyDictionary<string, Tensor> parameters) : Optimizer(parameters, 0, null, null)
    {
        protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale)
        {
            foreach (var (_, values, gradient) in parameters)
            {
                values.AddInPlace(gradient, -learningRate * gradientScale);
            }
        }
    }
}
