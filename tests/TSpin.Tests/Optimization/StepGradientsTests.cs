using Shouldly;
using TSpin.Adapters;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Optimization;

/// <summary>A backward pass that updates each block as soon as it can gives the bits of one update of everything.</summary>
public sealed class StepGradientsTests
{
    // A limit that no gradient reaches clips nothing, and keeps every gradient until the end.
    private const double NeverReached = 1e30;
    private const int Layers = 4;

    private static readonly DecoderConfig Untied = SmallModels.Base with { LayerCount = Layers, Ropes = RopeSettings.Everywhere(Layers, 100, 6), Windows = [null, null, null, null] };
    private static readonly DecoderConfig Tied = Untied with { TieEmbeddings = true };

    public static TheoryData<string> Families => [.. SmallModels.All.Keys];

    [Theory]
    [InlineData(OptimizerKind.AdamW, null, true)]
    [InlineData(OptimizerKind.AdamW, null, false)]
    [InlineData(OptimizerKind.RmsProp, null, true)]
    [InlineData(OptimizerKind.RmsProp, null, false)]
    [InlineData(OptimizerKind.AdamW, MasterKind.Float32, true)]
    [InlineData(OptimizerKind.AdamW, MasterKind.Float32, false)]
    [InlineData(OptimizerKind.RmsProp, MasterKind.Float32, false)]
    [InlineData(OptimizerKind.AdamW, MasterKind.Stochastic, false)]
    [InlineData(OptimizerKind.AdamW, MasterKind.Stochastic, true)]
    [InlineData(OptimizerKind.RmsProp, MasterKind.Stochastic, true)]
    public void Weights_and_state_have_the_bits_of_one_update_and_the_norm_is_the_same(OptimizerKind kind, MasterKind? bfloat16, bool tied)
    {
        var settings = new TrainingSettings { Optimizer = kind, Masters = bfloat16 ?? MasterKind.Float32, WeightDecay = 0.1 };
        using var expected = new Run(() => Model(tied ? Tied : Untied, bfloat16), settings, NeverReached);
        using var actual = new Run(() => Model(tied ? Tied : Untied, bfloat16), settings, null);
        using var start = new Run(() => Model(tied ? Tied : Untied, bfloat16), settings, null, steps: 0);

        actual.ShouldHaveTheBitsOf(expected);
        actual.Values.Keys.Count(name => !actual.Values[name].SequenceEqual(start.Values.GetValueOrDefault(name, []))).ShouldBe(actual.Values.Count, "something was never updated");
        actual.Norms.Zip(expected.Norms, (a, b) => Math.Abs((a / b) - 1)).Max().ShouldBeLessThan(1e-12);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_trains_to_the_same_bits(string family)
    {
        var config = SmallModels.All[family];
        using var expected = new Run(() => SmallModels.Decoder(config, SmallModels.Weights(config)), new TrainingSettings(), NeverReached);
        using var actual = new Run(() => SmallModels.Decoder(config, SmallModels.Weights(config)), new TrainingSettings(), null);

        actual.ShouldHaveTheBitsOf(expected);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_parameter_has_its_place_before_in_or_after_the_blocks(string family)
    {
        var config = SmallModels.All[family];
        string[] names = [.. ParameterShapes.Of(config).Select(shape => shape.Name)];
        var modules = config.Modules;

        names.Where(name => modules.BlockOf(name) is null && !modules.IsAfterBlocks(name)).ShouldBe(
            names.Where(name => name == modules.Embedding + ".weight" || name == modules.Positions + ".weight"));
        names.Where(modules.IsAfterBlocks).ShouldAllBe(name => modules.BlockOf(name) == null);
        names.Where(modules.IsAfterBlocks).ShouldContain(modules.FinalNorm + ".weight");
        names.Select(modules.BlockOf).OfType<int>().Distinct().ShouldBe(Enumerable.Range(0, config.LayerCount));
        modules.BlockOf("base_model.model." + modules.Of(12, modules.Up) + ".lora_A.default.weight").ShouldBe(12);
    }

    [Theory]
    [InlineData(false, new[] { 2, 9, 9, 9, 9, 1 })]
    [InlineData(true, new[] { 2, 10, 10, 10, 10, 1 })]
    public void Gradients_of_one_block_live_at_a_time_beside_the_embeddings(bool tied, int[] alive)
    {
        var recorded = Recorded(tied ? Tied : Untied, null, 8);

        recorded.Alive.ShouldBe(alive);
        recorded.Names.Select(names => string.Join(' ', names.Select(name => Untied.Modules.BlockOf(name)?.ToString() ?? "-").Distinct())).ShouldBe(["-", "3", "2", "1", "0", "-"]);
        recorded.Names.SelectMany(names => names).ShouldBe(ParameterShapes.Of(tied ? Tied : Untied).Select(shape => shape.Name), ignoreOrder: true);
        recorded.StepsDone.ShouldBe(1);
    }

    [Fact]
    public void A_limit_keeps_all_gradients_until_the_norm_is_known() => Recorded(Untied, NeverReached, 8).Alive.ShouldBe([39]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_passes_are_not_consumed_and_give_the_same_step(bool bfloat16)
    {
        Recorded(Untied, null, 2).Alive.ShouldBe([39]);

        MasterKind? masters = bfloat16 ? MasterKind.Float32 : null;
        using var expected = new Run(() => Model(Tied, masters), new TrainingSettings(), NeverReached, microBatchSize: 2);
        using var actual = new Run(() => Model(Tied, masters), new TrainingSettings(), null, microBatchSize: 2);
        actual.ShouldHaveTheBitsOf(expected);
    }

    [Fact]
    public void Steps_of_one_pass_and_of_several_may_follow_each_other()
    {
        using var expected = new Run(() => Model(Tied, MasterKind.Float32), new TrainingSettings(), NeverReached, microBatchSize: 3, sizes: [4, 3, 4, 2]);
        using var actual = new Run(() => Model(Tied, MasterKind.Float32), new TrainingSettings(), null, microBatchSize: 3, sizes: [4, 3, 4, 2]);

        actual.ShouldHaveTheBitsOf(expected);
    }

    [Fact]
    public void A_pass_that_reads_the_model_several_times_adds_up_before_it_is_consumed()
    {
        using var expected = new Run(() => Model(Untied, null), new TrainingSettings(), NeverReached, forward: new OneByOne());
        using var actual = new Run(() => Model(Untied, null), new TrainingSettings(), null, forward: new OneByOne());

        actual.ShouldHaveTheBitsOf(expected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_adapter_trains_to_the_same_bits(bool bfloat16)
    {
        using var expected = new Run(Adapted, new TrainingSettings(), NeverReached);
        using var actual = new Run(Adapted, new TrainingSettings(), null);

        actual.ShouldHaveTheBitsOf(expected);
        actual.Values.Keys.ShouldContain(name => name.Contains("lora_B", StringComparison.Ordinal));

        Decoder Adapted()
        {
            var model = SmallModels.Decoder(Tied, SmallModels.Weights(Tied), bfloat16 ? DType.BFloat16 : DType.Float32);
            model.Adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, model, 1);
            return model;
        }
    }

    [Fact]
    public void A_gradient_that_is_not_finite_ends_the_updates_and_the_message_counts_them()
    {
        using var model = Model(Untied, null);
        model.Training.RecomputesBlocks = true;
        model.Training.RequireGradients(true);
        using var optimizer = new Recording(model);
        // The forward pass is over: only the blocks that backward computes again see it.
        optimizer.Before = names =>
        {
            if (names.Any(name => Untied.Modules.BlockOf(name) == 2))
            {
                using var off = GradMode.Off();
                model.Parameters["model.layers.1.mlp.up_proj.weight"].Detach().Fill(double.NaN);
            }
        };
        var trainer = new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 8, null);

        var error = Should.Throw<NonFiniteException>(() => trainer.Step(Triplets(4), null, 1e-3, new StepPlace(0, 0, 1, 3)));

        optimizer.Alive.ShouldBe([2, 9, 9]);
        error.Message.ShouldContain("already updated 20 of 39 parameters");
        model.Parameters.Values.ShouldAllBe(parameter => parameter.Grad() == null);
    }

    [Fact]
    public void An_infinite_loss_updates_nothing_though_its_gradients_be_finite()
    {
        using var model = Model(Untied, null);
        model.Training.RecomputesBlocks = true;
        model.Training.RequireGradients(true);
        using var optimizer = new Recording(model);
        var trainer = new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 8, null, new OneByOne { Added = double.NegativeInfinity });

        var error = Should.Throw<NonFiniteException>(() => trainer.Step(Triplets(4), null, 1e-3, new StepPlace(0, 0, 1, 3)));

        error.Message.ShouldContain("the loss is");
        error.Message.ShouldContain("Nothing was updated");
        optimizer.Alive.ShouldBeEmpty();
        optimizer.StepsDone.ShouldBe(0);
    }

    private static Triplet[] Triplets(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Triplet(i, Ids(5, i), Ids(6, i + 10), Ids(4, i + 20), Ids(7, i + 30)))];

    private static int[] Ids(int count, int seed) => SmallModels.Ids(count, (ulong)seed);

    /// <summary>float32, or trained in bfloat16 with something kept of float32.</summary>
    private static Decoder Model(DecoderConfig config, MasterKind? bfloat16) => SmallModels.Decoder(
        config, SmallModels.Weights(config), bfloat16 == MasterKind.Stochastic ? DType.BFloat16 : DType.Float32, bfloat16 is null ? DType.Float32 : DType.BFloat16);

    private static Recording Recorded(DecoderConfig config, double? clip, int microBatchSize)
    {
        using var model = Model(config, null);
        model.Training.RecomputesBlocks = true;
        model.Training.RequireGradients(true);
        var optimizer = new Recording(model);
        new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, microBatchSize, clip).Step(Triplets(4), null, 1e-2, new StepPlace(0, 0, 1, 3));
        return optimizer;
    }

    /// <summary>Some steps, and what they end with.</summary>
    private sealed class Run : IDisposable
    {
        private readonly Decoder _model;

        public Run(
            Func<Decoder> model, TrainingSettings settings, double? clip, int steps = 3, int microBatchSize = 8, int[]? sizes = null, ITripletForward? forward = null)
        {
            _model = model();
            _model.Training.RecomputesBlocks = true;
            _model.Training.RequireGradients(true);
            using var optimizer = Optimizer.For(settings, _model, 7);
            var trainer = new Trainer(_model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, microBatchSize, clip, forward);
            foreach (var (step, size) in (sizes ?? [.. Enumerable.Repeat(4, steps)]).Index())
            {
                Norms.Add(trainer.Step(Triplets(size), null, 1e-2, new StepPlace(0, 0, step + 1, 3)).Metrics.GradientNorm);
            }

            optimizer.StepsDone.ShouldBe(Norms.Count);
            using var scope = new TensorScope();
            foreach (var name in _model.Training.Parameters.Keys)
            {
                // Both halves, where there are two.
                Values.Add(name, Floats(_model.Adapter is null ? _model.Weights.Exact(name) : _model.Training.Parameters[name]));
            }

            foreach (var (name, tensor) in optimizer.State)
            {
                Values.Add(name, Floats(tensor));
            }

            static float[] Floats(Tensor tensor) => tensor.Detach().To(DType.Float32).Reshape(-1).ToArray<float>();
        }

        public List<double> Norms { get; } = [];

        public Dictionary<string, float[]> Values { get; } = [];

        public void ShouldHaveTheBitsOf(Run expected)
        {
            Values.Keys.ShouldBe(expected.Values.Keys);
            foreach (var (name, values) in Values)
            {
                values.Select(BitConverter.SingleToInt32Bits).ShouldBe(expected.Values[name].Select(BitConverter.SingleToInt32Bits), name);
            }
        }

        public void Dispose()
        {
            _model.Adapter?.Dispose();
            _model.Dispose();
        }
    }

    /// <summary>Updates nothing, but writes down what it is given and how many gradients there are at that moment.</summary>
    private sealed class Recording(Decoder model) : Optimizer(model.Parameters, 0, null, null)
    {
        private readonly List<int> _alive = [];

        public IEnumerable<int> Alive => _alive;

        public List<string[]> Names { get; } = [];

        public Action<string[]> Before { get; set; } = _ => { };

        protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale)
        {
            Names.Add([.. parameters.Select(parameter => parameter.Name)]);
            _alive.Add(model.Parameters.Values.Count(parameter => parameter.Grad() is not null));
            Before(Names[^1]);
        }
    }

    /// <summary>A forward pass of the model for every triplet.</summary>
    private sealed class OneByOne : ITripletForward
    {
        /// <summary>To the log-probabilities of annotated responses, which changes no gradient of theirs.</summary>
        public double Added { get; init; }

        public TripletLogProbs Run(Decoder policy, IReadOnlyList<Triplet> triplets)
        {
            TripletLogProbs[] parts = [.. triplets.Select(triplet => new PackedForward().Run(policy, [triplet]))];
            return new TripletLogProbs(
                Tensor.Concatenate([.. parts.Select(part => part.Annotated)], 0) + Added, Tensor.Concatenate([.. parts.Select(part => part.Synthetic!)], 0), Tensor.Concatenate([.. parts.Select(part => part.ProtoSynthetic!)], 0),
                parts.Sum(part => part.ComputedTokens), parts.Sum(part => part.UsefulTokens));
        }
    }
}
