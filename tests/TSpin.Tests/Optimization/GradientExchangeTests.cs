using Shouldly;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Optimization;

/// <summary>Two trainers, each with its part of a window and an exchange between them, do what one does with the whole window.</summary>
public sealed class GradientExchangeTests
{
    private const int Steps = 3;

    private static readonly DecoderConfig Config = SmallModels.Base with { TieEmbeddings = true };

    [Theory]
    [InlineData(true, null, 8, false, false)]
    [InlineData(true, 0.5, 8, false, false)]
    [InlineData(false, null, 8, false, false)]
    [InlineData(false, 0.5, 2, false, false)]
    [InlineData(true, null, 3, false, false)]   // one of them takes one pass, the other two
    [InlineData(true, null, 8, true, false)]
    [InlineData(true, null, 8, false, true)]
    public void Processes_end_every_step_with_the_weights_of_one(bool recomputes, double? clip, int microBatchSize, bool bfloat16, bool sft)
    {
        Objective objective = sft ? new SftObjective() : new TSpinObjective(0.1, 0.1, Link.Logistic);
        using var alone = new Process(recomputes, bfloat16);
        var expected = alone.Train(Triplets(0, 6), objective, microBatchSize, clip, SingleProcess.Instance);
        using var meeting = new Meeting(2);
        using var first = new Process(recomputes, bfloat16);
        using var second = new Process(recomputes, bfloat16);
        var results = InThreads(
            () => first.Train(Triplets(0, 4), objective, microBatchSize, clip, meeting.Of(0)),
            () => second.Train(Triplets(4, 2), objective, microBatchSize, clip, meeting.Of(1)));

        var tolerance = bfloat16 ? 2e-2 : 1e-4;
        foreach (var (actual, one) in results[0].Zip(expected))
        {
            actual.Loss.ShouldBe(one.Loss, Math.Abs(one.Loss) * tolerance);
            actual.GradientNorm.ShouldBe(one.GradientNorm, one.GradientNorm * tolerance);
        }

        results[1].Select(step => step.Loss).ShouldBe(results[0].Select(step => step.Loss));
        second.Values().ShouldBe(first.Values(), "the processes are one model");
        // RMSprop moves a number by a tenth whose gradient is hardly more than its rounding, so that in bfloat16 only the whole can be compared.
        using var start = new Process(recomputes, bfloat16);
        var apart = first.Values().Zip(alone.Values(), (a, b) => Math.Abs(a - b)).ToArray();
        var moved = alone.Values().Zip(start.Values(), (a, b) => Math.Abs(a - b)).Average();
        moved.ShouldBeGreaterThan((float)alone.LearningRate);
        apart.Average().ShouldBeLessThan(bfloat16 ? 0.2f * moved : 1e-5f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loss_that_is_not_finite_in_one_process_stops_all_before_an_update(bool recomputes)
    {
        using var meeting = new Meeting(2);
        using var first = new Process(recomputes, bfloat16: false);
        using var second = new Process(recomputes, bfloat16: false);
        var before = first.Values();
        // exp(1e9 x) of the second's triplets alone is infinite.
        var errors = InThreads(
            () => Should.Throw<NonFiniteException>(() => first.Train(Triplets(0, 4), new TSpinObjective(0.1, 0.1, Link.Logistic), 8, null, meeting.Of(0))).Message,
            () => Should.Throw<NonFiniteException>(() => second.Train(Triplets(4, 2), new TSpinObjective(1e9, 0.1, Link.Exponential), 8, null, meeting.Of(1))).Message);

        errors.ShouldAllBe(message => message.Contains("Nothing was updated"));
        first.Values().ShouldBe(before);
        second.Values().ShouldBe(before);
    }

    /// <summary>A block is on its way to the others while backward computes the one before it, in the last pass of a step and in no other, and each gradient once.</summary>
    [Theory]
    [InlineData(true, 0.5, 8)]
    [InlineData(false, 0.5, 8)]
    [InlineData(false, null, 8)]
    [InlineData(true, 0.5, 2)]
    [InlineData(false, null, 2)]
    public void The_exchange_of_a_block_begins_before_backward_comes_to_an_earlier_one(bool recomputes, double? clip, int microBatchSize)
    {
        using var process = new Process(recomputes, bfloat16: false);
        var exchange = new Watching(() => process.GradientOf("model.layers.0.mlp.up_proj.weight"));
        process.Train(Triplets(0, 4), new TSpinObjective(0.1, 0.1, Link.Logistic), microBatchSize, clip, exchange, steps: 1);

        // Last norm; two blocks; the embedding, which is the head too.
        exchange.Events.Select(entry => entry.What).ShouldBe(["begin 1", "begin 9", "begin 9", "begin 1", "wait 1", "wait 9", "wait 9", "wait 1"]);
        var whole = exchange.Events[^1].Earliest;
        var isWhole = exchange.Events.Select(entry => entry.Earliest.SequenceEqual(whole)).ToArray();
        isWhole[1].ShouldBeFalse("the last block's exchange begins when the first block's gradient is there already");
        isWhole[4].ShouldBeTrue("an exchange is waited for before backward is over");
        exchange.Events[1].Earliest.Length.ShouldBe(microBatchSize == 8 ? 0 : whole.Length, "of an earlier pass alone");
    }

    /// <summary>Updated where backward is: a block's gradients are gone when the one before it is on its way.</summary>
    [Fact]
    public void Gradients_of_two_blocks_live_at_a_time_where_nothing_clips_them()
    {
        using var process = new Process(recomputes: true, bfloat16: false);
        var alive = new List<int>();
        var exchange = new Watching(() =>
        {
            alive.Add(process.Alive);
            return [];
        });
        process.Train(Triplets(0, 4), new TSpinObjective(0.1, 0.1, Link.Logistic), 8, null, exchange, steps: 1);

        exchange.Events.Select(entry => entry.What).ShouldBe(["begin 1", "begin 9", "wait 1", "begin 9", "wait 9", "begin 1", "wait 9", "wait 1"]);
        alive.ShouldBe([2, 11, 11, 19, 19, 10, 10, 1]);
    }

    private static Triplet[] Triplets(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => new Triplet(i, Ids(5, i), Ids(6, i + 10), Ids(4, i + 20), Ids(7, i + 30)))];

    private static int[] Ids(int count, int seed) => SmallModels.Ids(count, (ulong)seed);

    private static T[] InThreads<T>(params Func<T>[] work)
    {
        var tasks = work.Select(one => Task.Factory.StartNew(one, TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(tasks, TimeSpan.FromMinutes(1)).ShouldBeTrue("the processes wait for each other");
        return [.. tasks.Select(task => task.Result)];
    }

    private sealed class Process : IDisposable
    {
        private readonly Decoder _model;

        public Process(bool recomputes, bool bfloat16)
        {
            _model = SmallModels.Decoder(Config, SmallModels.Weights(Config), DType.Float32, bfloat16 ? DType.BFloat16 : DType.Float32);
            _model.Training.RecomputesBlocks = recomputes;
            _model.Training.RequireGradients(true);
        }

        public List<StepMetrics> Train(Triplet[] window, Objective objective, int microBatchSize, double? clip, IGradientExchange exchange, int steps = Steps)
        {
            using var optimizer = Optimizer.For(new TrainingSettings(), _model);
            var trainer = new Trainer(_model, objective, optimizer, LogProbReduction.Sum, microBatchSize, clip, exchange: exchange);
            return [.. Enumerable.Range(1, steps).Select(step => trainer.Step(window, null, LearningRate, new StepPlace(0, 0, step, steps)).Metrics)];
        }

        public float[] GradientOf(string name)
        {
            using var scope = new TensorScope();
            return _model.Training.GradientSoFar(name)?.ToArray<float>() ?? [];
        }

        /// <summary>Gradients that there are.</summary>
        public int Alive
        {
            get
            {
                using var scope = new TensorScope();
                return _model.Training.Parameters.Keys.Count(name => _model.Training.GradientSoFar(name) is not null);
            }
        }

        /// <summary>In bfloat16 so small that only the lower halves can hold it, and that steps which differ by rounding do not part ways.</summary>
        public double LearningRate => _model.ComputeType == DType.BFloat16 ? 1e-5 : 1e-2;

        public float[] Values()
        {
            using var scope = new TensorScope();
            return [.. _model.Weights.Names.SelectMany(name => _model.Weights.Exact(name).To(DType.Float32).Reshape(-1).ToArray<float>())];
        }

        public void Dispose() => _model.Dispose();
    }

    /// <summary>Sums over threads that stand for processes.</summary>
    private sealed class Meeting(int processes) : IDisposable
    {
        private readonly Barrier _barrier = new(processes);
        private readonly IReadOnlyList<Tensor>[] _gradients = new IReadOnlyList<Tensor>[processes];
        private readonly double[] _numbers = new double[processes];

        public IGradientExchange Of(int rank) => new Member(this, rank);

        public void Dispose() => _barrier.Dispose();

        private void Wait() => _barrier.SignalAndWait(TimeSpan.FromSeconds(30)).ShouldBeTrue("a process does not come");

        private sealed class Member(Meeting meeting, int rank) : IGradientExchange
        {
            public int Processes => meeting._gradients.Length;

            public Action BeginSum(IReadOnlyList<Tensor> gradients) => () =>
            {
                using var off = GradMode.Off();
                using var scope = new TensorScope();
                meeting._gradients[rank] = gradients;
                meeting.Wait();
                meeting._gradients.Select(list => list.Count).Distinct().Count().ShouldBe(1, "not the same gradients");
                Tensor[] sums = [.. gradients.Select((_, i) => meeting._gradients.Select(list => list[i].Detach().Clone()).Aggregate((a, b) => a + b))];
                meeting.Wait();
                foreach (var (gradient, sum) in gradients.Zip(sums))
                {
                    gradient.CopyFrom(sum);
                }
            };

            public double Sum(double value)
            {
                meeting._numbers[rank] = value;
                meeting.Wait();
                var sum = meeting._numbers.Sum();
                meeting.Wait();
                return sum;
            }
        }
    }

    /// <summary>Stands for two processes with the same part, and writes down what happens when.</summary>
    private sealed class Watching(Func<float[]> earliest) : IGradientExchange
    {
        public List<(string What, float[] Earliest)> Events { get; } = [];

        public int Processes => 2;

        public Action BeginSum(IReadOnlyList<Tensor> gradients)
        {
            var count = gradients.Count;
            Events.Add(($"begin {count}", earliest()));
            return () => Events.Add(($"wait {count}", earliest()));
        }

        public double Sum(double value) => 2 * value;
    }
}
