using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Randomness;
using TSpin.Recipes;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>
/// A process of a run other than the first: does its part of what rank 0's <see cref="SelfPlayRun"/> orders, and of the run's folder reads and writes its part of a training state alone. It needs the starting model alone, at the
/// path that its recipe names.
/// </summary>
/// <param name="recipe">The run's recipe, with paths of this machine; asked for when rank 0 begins.</param>
/// <param name="ranks">The processes.</param>
public sealed class RankWorker(Func<Recipe> recipe, RankGroup ranks)
{
    private Recipe _recipe = new();
    private RunInputs? _inputs;
    private Decoder? _inference;
    private readonly RankAnswering _answering = new(ranks);

    /// <summary>Follows orders until the run ends.</summary>
    /// <param name="cancellation">Ends a wave of answers, and with it the run, at a safe point.</param>
    /// <returns>The exit code that rank 0 ends with.</returns>
    /// <exception cref="RankLostException">Rank 0, or another process, is gone.</exception>
    public int Run(CancellationToken cancellation = default)
    {
        Recipe? whole = null;
        var order = Next();
        while (order is RankOrder.Begin begin)
        {
            whole ??= recipe();
            _recipe = begin.IsFirstStage ? FirstStage.Of(whole) : whole;
            var folder = new RunFolder(_recipe.Output.Directory);
            _inputs = new RunInputs(_recipe, folder, null);
            using var source = new PolicySource(
                _recipe, folder, begin.ComputeType, AvailableDevice.Parse(ranks.Launched.DeviceOf(_recipe.Model.Device), "model.device"),
                sharing: begin.Sharding == ShardingKind.Full ? ranks : null);
            order = Follow(source, cancellation);
        }

        return order is RankOrder.Stop stop ? stop.ExitCode : throw Unexpected(order);
    }

    // Returns the order that ends it.
    private RankOrder Follow(PolicySource source, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                switch (Next())
                {
                    case RankOrder.TakePolicy:
                        DropGenerator();
                        RankTensors.Take(ranks, source.At(0));
                        break;
                    case RankOrder.SendParameter send:
                        SendParameter(source, send);
                        break;
                    case RankOrder.Walk walk:
                        Walk(source, walk);
                        break;
                    case RankOrder.Train train:
                        DropGenerator();
                        if (Train(source, train, cancellation) is { } ended)
                        {
                            return ended;
                        }

                        break;
                    case (RankOrder.Stop or RankOrder.Begin) and var end:
                        return end;
                    case var order when _answering.Follow(order, () => Inference(source), () => _inputs!.Tokenizer, cancellation):
                        break;
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

    private Decoder Inference(PolicySource source) => _inference ??= source.At(0).ForInference(source.At(0).ComputeType);

    private void SendParameter(PolicySource source, RankOrder.SendParameter send)
    {
        using var scope = new TensorScope();
        RankTensors.FetchParameter(ranks, source.At(0).Weights.Shards!, send.Name);
    }

    private void Walk(PolicySource source, RankOrder.Walk walk) => (walk.IsInference ? Inference(source) : source.At(0)).Weights.Shards!.Walk();

    private RankOrder Next() => RankOrder.Of(ranks.Receive());

    private InvalidOperationException Unexpected(RankOrder order) => new($"rank {ranks.Rank} did not expect the order {order}");

    // As TrainingStage, without what is read from the run's folder and written to it. Returns the order to stop, where one came.
    private RankOrder.Stop? Train(PolicySource source, RankOrder.Train train, CancellationToken cancellation)
    {
        var (policy, training) = (source.At(0), _recipe.Training);
        var objective = _recipe.Method.ObjectiveOf(_recipe.Objective, train.Iteration);
        using var other = !train.LoadsReference ? null : train.TakesInitial ? source.Initial() : policy.ForInference(policy.ComputeType, ownMemory: true);
        if (train.TakesInitial)
        {
            RankTensors.Take(ranks, other!);
        }

        policy.Training.RequireGradients(true);
        policy.Training.RecomputesBlocks = training.Recompute;
        using var optimizer = Optimizer.For(training, policy, NamedSeed.Derive(_recipe.Seed, "stochastic-rounding", train.Iteration));
        var owners = train.Sharding == ShardingKind.Optimizer ? ParameterOwners.Of(policy.Training.Parameters, ranks.Count) : null;
        if (owners is not null)
        {
            optimizer.Holds = name => owners[name] == ranks.Rank;
        }

        var most = Math.Min(training.MicroBatchSize, training.BatchSize);
        var trainer = new Trainer(
            policy, objective, optimizer, _recipe.Objective.LogProb, most, training.ClipNorm, tokensPerPass: training.TokensPerPass, reference: other,
            ends: _inputs!.Encoder.EndIds, exchange: new RankExchange(ranks, owners));
        var scoring = other is null ? trainer : new Trainer(other, objective, null, _recipe.Objective.LogProb, most, null, tokensPerPass: training.TokensPerPass);
        while (true)
        {
            var next = Next();
            if (next is not (RankOrder.MeetInFolder or RankOrder.Score) && objective.Term?.NeedsReference != true)
            {
                // As in rank 0: once its log-probabilities are there, nobody asks it again. Where states are saved is settled before.
                other?.Dispose();
            }

            switch (next)
            {
                case RankOrder.Score score:
                    Reply(() => Score(scoring, score, cancellation));
                    break;
                case RankOrder.TakeState { Path: { } path }:
                    StateParts.Restore(ranks, path, policy, optimizer);
                    break;
                case RankOrder.TakeState state:
                    RankTensors.TakeState(ranks, policy, optimizer, state.StepsDone, null);
                    break;
                case RankOrder.SaveState save:
                    StateParts.Save(ranks, save.Path, policy, optimizer, save.StepsDone);
                    break;
                case RankOrder.MeetInFolder meet:
                    StateParts.Meet(ranks, meet.Path, meet.Word);
                    break;
                case RankOrder.Collect:
                    RankTensors.Collect(ranks, policy, owners!);
                    break;
                case RankOrder.SendState send when policy.Training.Shards is { } shards:
                    using (new TensorScope())
                    {
                        RankTensors.FetchState(ranks, shards, optimizer, send.Name);
                    }

                    break;
                case RankOrder.SendParameter send:
                    SendParameter(source, send);
                    break;
                case RankOrder.Walk walk:
                    Walk(source, walk);
                    break;
                case RankOrder.SendState send:
                    RankTensors.Fetch(ranks, policy, optimizer, owners!, send.Name).Dispose();
                    break;
                case RankOrder.Step step:
                    Step(trainer, step);
                    break;
                case RankOrder.EndTraining:
                    if (policy.Training.Shards is { } trained)
                    {
                        ranks.Sum(RankTensors.AreFinite(trained) ? 0 : 1);
                    }

                    policy.Training.RequireGradients(false);
                    return null;
                case RankOrder.Stop stop:
                    return stop;
                case var order:
                    throw Unexpected(order);
            }
        }
    }

    // Where parameters are gathered for a pass, who has none goes through another's.
    private ReferenceLogProbs[]? Score(Trainer scoring, RankOrder.Score score, CancellationToken cancellation)
    {
        if (ranks.Rank < score.Passes.Length)
        {
            return scoring.Reference(score.Passes[ranks.Rank], cancellation);
        }

        if (scoring.GathersParameters)
        {
            scoring.Reference(score.Passes[^1], cancellation);
        }

        return null;
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
        _answering.Drop();
        _inference?.Dispose();
        _inference = null;
    }
}
