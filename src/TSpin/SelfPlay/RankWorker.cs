using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Randomness;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// A process of a run other than the first: does its part of what rank 0's <see cref="SelfPlayRun"/> orders, and neither reads nor writes the run's folder. It needs the starting model alone, at the
/// path that its recipe names.
/// </summary>
/// <param name="recipe">The run's recipe, with paths of this machine; asked for when rank 0 begins.</param>
/// <param name="ranks">The processes.</param>
public sealed class RankWorker(Func<Recipe> recipe, RankGroup ranks)
{
    private Recipe _recipe = new();
    private RunInputs? _inputs;
    private Decoder? _inference;
    private Generator? _generator;

    /// <summary>Follows orders until the run ends.</summary>
    /// <param name="cancellation">Ends a wave of answers, and with it the run, at a safe point.</param>
    /// <returns>The exit code that rank 0 ends with.</returns>
    /// <exception cref="RankLostException">Rank 0, or another process, is gone.</exception>
    public int Run(CancellationToken cancellation = default)
    {
        switch (Next())
        {
            case RankOrder.Begin begin:
                _recipe = recipe();
                var folder = new RunFolder(_recipe.Output.Directory);
                _inputs = new RunInputs(_recipe, folder, null);
                using (var source = new PolicySource(_recipe, folder, begin.ComputeType, AvailableDevice.Parse(ranks.Launched.DeviceOf(_recipe.Model.Device), "model.device")))
                {
                    return Follow(source, cancellation);
                }

            case RankOrder.Stop stop:
                return stop.ExitCode;
            case var other:
                throw Unexpected(other);
        }
    }

    private int Follow(PolicySource source, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                switch (Next())
                {
                    case RankOrder.TakePolicy:
                        DropGenerator();
                        RankTensors.Share(ranks, source.At(0));
                        break;
                    case RankOrder.MakeGenerator make:
                        _inference ??= source.At(0).ForInference(source.At(0).ComputeType);
                        _generator = new Generator(_inference, _inputs!.Tokenizer, make.Options, make.EndIds);
                        break;
                    case RankOrder.Answer answer:
                        Reply<Response[]>(() => ranks.Rank < answer.Waves.Length ? [.. _generator!.GenerateWave(answer.Waves[ranks.Rank], answer.Seeds, answer.BatchSize, null, cancellation)] : null);
                        break;
                    case RankOrder.Train train:
                        DropGenerator();
                        if (Train(source, train, cancellation) is { } ended)
                        {
                            return ended.ExitCode;
                        }

                        break;
                    case RankOrder.Stop stop:
                        return stop.ExitCode;
                    case var other:
                        throw Unexpected(other);
                }
            }
        }
        finally
        {
            DropGenerator();
        }
    }

    private RankOrder Next() => RankOrder.Of(ranks.Receive());

    private InvalidOperationException Unexpected(RankOrder order) => new($"rank {ranks.Rank} did not expect the order {order}");

    // As TrainingStage, without what is read from the run's folder and written to it. Returns the order to stop, where one came.
    private RankOrder.Stop? Train(PolicySource source, RankOrder.Train train, CancellationToken cancellation)
    {
        var (policy, training) = (source.At(0), _recipe.Training);
        var objective = _recipe.Method.ObjectiveOf(_recipe.Objective, train.Iteration);
        using var other = !train.LoadsReference ? null
            : _recipe.Method.Reference == ReferencePolicy.Initial && train.Iteration > 0 ? source.Initial() : policy.ForInference(policy.ComputeType, ownMemory: true);
        policy.Training.RequireGradients(true);
        policy.Training.RecomputesBlocks = training.Recompute;
        using var optimizer = Optimizer.For(training, policy, NamedSeed.Derive(_recipe.Seed, "stochastic-rounding", train.Iteration));
        var owners = train.Sharding == ShardingKind.None ? null : ParameterOwners.Of(policy.Training.Parameters, ranks.Count);
        optimizer.Holds = name => owners is null || owners[name] == ranks.Rank;
        var most = Math.Min(training.MicroBatchSize, training.BatchSize);
        var trainer = new Trainer(
            policy, objective, optimizer, _recipe.Objective.LogProb, most, training.ClipNorm, tokensPerPass: training.TokensPerPass, reference: other,
            ends: _inputs!.Encoder.EndIds, exchange: new RankExchange(ranks, owners));
        var scoring = other is null ? trainer : new Trainer(other, objective, null, _recipe.Objective.LogProb, most, null, tokensPerPass: training.TokensPerPass);
        while (true)
        {
            switch (Next())
            {
                case RankOrder.Score score:
                    Reply(() => ranks.Rank < score.Passes.Length ? scoring.Reference(score.Passes[ranks.Rank], cancellation) : null);
                    break;
                case RankOrder.TakeState state:
                    RankTensors.Share(ranks, policy);
                    RankTensors.Share(ranks, policy, optimizer, state.StepsDone);
                    break;
                case RankOrder.Collect:
                    RankTensors.Collect(ranks, policy, owners!);
                    break;
                case RankOrder.SendState send:
                    RankTensors.Fetch(ranks, policy, optimizer, owners!, send.Name).Dispose();
                    break;
                case RankOrder.Step step:
                    Step(trainer, step);
                    break;
                case RankOrder.EndTraining:
                    policy.Training.RequireGradients(false);
                    return null;
                case RankOrder.Stop stop:
                    return stop;
                case var order:
                    throw Unexpected(order);
            }
        }
    }

    private static void Step(Trainer trainer, RankOrder.Step step)
    {
        try
        {
            trainer.Step(trainer.PlanShare(step.Window), step.Reference, step.LearningRate, step.Place);
        }
        catch (NonFiniteException)
        {
            // Rank 0 has stopped at the same place; it says why, and when to end.
        }
    }

    private void Reply<T>(Func<T?> work)
        where T : class => ranks.Gather(RankAnswer<T>.Of(work).ToBytes());

    private void DropGenerator()
    {
        _inference?.Dispose();
        (_generator, _inference) = (null, null);
    }
}
