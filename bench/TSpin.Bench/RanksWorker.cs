using System.Diagnostics;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Bench;

/// <summary>A process of <see cref="RanksBench"/>, which takes a step whenever it is told to.</summary>
internal static class RanksWorker
{
    // Any of a group may be late by as long as all sides take for a round on a busy machine.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    public static int Run(RanksBench bench, string side, string folder)
    {
        TorchLibrary.Threads = bench.Threads;
        using var ranks = LaunchVariables.Read() is { } launched ? RankGroup.Join(launched, Timeout) : null;
        var compute = bench.Type == "bfloat16" ? DType.BFloat16 : DType.Float32;
        using var policy = side == "full" ? DecoderLoader.LoadShare(folder, ranks!, DType.Float32, compute) : DecoderLoader.Load(folder, computeType: compute);
        policy.Training.RequireGradients(true);
        policy.Training.RecomputesBlocks = bench.Training.Recompute;
        using var optimizer = Optimizer.For(new TrainingSettings { Optimizer = bench.Training.Optimizer }, policy, 1);
        var owners = side == "optimizer" ? ParameterOwners.Of(policy.Training.Parameters, ranks!.Count) : null;
        if (owners is not null)
        {
            optimizer.Holds = name => owners[name] == ranks!.Rank;
        }

        var exchange = ranks is null ? null : new TimedExchange(new RankExchange(ranks, owners));
        var objective = bench.Shape.Objective;
        var trainer = new Trainer(policy, objective, optimizer, LogProbReduction.Sum, bench.Shape.Count, 1, exchange: exchange);
        Triplet[][] batches = [.. BenchWork.Of(bench.Shape, bench.Type, bench.Threads).Batches.Select(TSpinWorker.TripletsOf)];
        var references = batches.Select(batch => objective.NeedsReference ? trainer.Reference(batch) : null).ToArray();
        var alone = exchange is null || side == "full" ? null : ExchangeAlone(exchange, policy);
        var done = 0;
        return Worker.Obey(
            () =>
            {
                exchange?.Waited.Reset();
                var next = done++ % batches.Length;
                trainer.Step(trainer.PlanShare(batches[next]), references[next], 1e-5, new StepPlace(0, 0, 1, 1));
            },
            () => side == "full" ? null : exchange?.Waited.Elapsed.TotalSeconds,
            alone);
    }

    // Gradients of all parameters, and what is updated, as a step exchanges them, but with nothing beside it: the median of three times.
    private static double? ExchangeAlone(TimedExchange exchange, Decoder policy)
    {
        var parameters = policy.Training.Parameters;
        string[][] blocks = [.. parameters.Keys.GroupBy(name => policy.Config.Modules.BlockOf(name) ?? -1).Select(part => part.ToArray())];
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var values = parameters.ToDictionary(parameter => parameter.Key, parameter => Tensor.Zeros(parameter.Value.Shape), StringComparer.Ordinal);
        var seconds = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            exchange.Sum(0);
            var clock = Stopwatch.StartNew();
            foreach (Func<string[], Action> begin in (Func<string[], Action>[])[names => exchange.BeginSum([.. names.Select(name => values[name])]), names => exchange.BeginSpread(names, name => values[name])])
            {
                Action[] under = [.. blocks.Select(begin)];
                Array.ForEach(under, wait => wait());
            }

            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        return Measurement.MedianOf(seconds);
    }

    /// <summary>An exchange that knows how long was waited for it.</summary>
    private sealed class TimedExchange(IGradientExchange inner) : IGradientExchange
    {
        public Stopwatch Waited { get; } = new();

        public int Processes => inner.Processes;

        public int Rank => inner.Rank;

        public Action BeginSum(IReadOnlyList<Tensor> gradients) => Timed(inner.BeginSum(gradients));

        public double Sum(double value) => inner.Sum(value);

        public bool Updates(string name) => inner.Updates(name);

        public Action BeginSpread(IReadOnlyList<string> names, Func<string, Tensor> values) => Timed(inner.BeginSpread(names, values));

        public IReadOnlyList<byte[]> Gather(byte[] part) => inner.Gather(part);

        private Action Timed(Action wait) => () =>
        {
            Waited.Start();
            wait();
            Waited.Stop();
        };
    }
}
