using TSpin.Distribution;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;
using TSpin.Training;

namespace TSpin.SelfPlay;

/// <summary>Rank 0's side of a run that several processes share: it runs as one process does, and lets the others (<see cref="RankWorker"/>) do their parts. It alone reads and writes the run's folder.</summary>
internal sealed class RankLeader
{
    /// <summary>Exit codes for the others where the run does not end by a sentence for the user.</summary>
    public const int Interrupted = 130;

    /// <summary>The same for a fault nobody foresaw.</summary>
    public const int Unforeseen = 70;

    private readonly RankGroup _ranks;
    private Decoder? _shared;
    private int _sharedIteration = -1;
    private ShardingKind _sharding;
    private IReadOnlyDictionary<string, int>? _owners;

    /// <summary>Begins to lead: the others wait for orders.</summary>
    public RankLeader(RankGroup ranks)
    {
        _ranks = ranks;
        ranks.Lead();
    }

    /// <summary>Sums over all processes, and shares of the update where that is divided.</summary>
    public IGradientExchange Exchange => new RankExchange(_ranks, _owners);

    /// <summary>What others hold of the training under way; null where each holds all.</summary>
    public StateElsewhere? Elsewhere { get; private set; }

    /// <summary>The others load the starting model.</summary>
    public void Begin(DType computeType) => Order(new RankOrder.Begin(computeType));

    /// <summary>Makes the others' policy that of this process, if it is not yet.</summary>
    public void Share(Decoder policy, int iteration)
    {
        if (ReferenceEquals(_shared, policy) && _sharedIteration == iteration)
        {
            return;
        }

        Order(new RankOrder.TakePolicy(), () => RankTensors.Share(_ranks, policy));
        (_shared, _sharedIteration) = (policy, iteration);
    }

    /// <summary>Lets all processes answer with the policy that was shared last.</summary>
    public IGenerator Divide(Generator own)
    {
        Order(new RankOrder.MakeGenerator(own.Options, own.EndIds));
        return new DividedGenerator(own, _ranks);
    }

    /// <summary>The others prepare training of the policy.</summary>
    public void BeginTraining(Decoder policy, int iteration, bool loadsReference, ShardingKind sharding)
    {
        Share(policy, iteration);
        _sharding = sharding;
        Order(new RankOrder.Train(iteration, loadsReference, sharding));
    }

    /// <summary>Divides the update, where the recipe wants it divided; before the optimizer has made its state.</summary>
    public void Divide(Decoder policy, Optimizer optimizer)
    {
        (_owners, Elsewhere) = (null, null);
        if (_sharding == ShardingKind.None)
        {
            return;
        }

        var owners = _owners = ParameterOwners.Of(policy.Training.Parameters, _ranks.Count);
        optimizer.Holds = name => owners[name] == _ranks.Rank;
        Elsewhere = new StateElsewhere(
            () => Order(new RankOrder.Collect(), () => RankTensors.Collect(_ranks, policy, owners)),
            name =>
            {
                Tensor? fetched = null;
                Order(new RankOrder.SendState(name), () => fetched = RankTensors.Fetch(_ranks, policy, optimizer, owners, name));
                return fetched!;
            });
    }

    /// <summary>What <see cref="Trainer.Reference"/> returns, each pass computed by one of the processes.</summary>
    public ReferenceLogProbs[] Reference(Trainer trainer, IReadOnlyList<Triplet> triplets, CancellationToken cancellation) => trainer.ReferenceByPasses(triplets, _ranks.Count, passes =>
    {
        cancellation.ThrowIfCancellationRequested();
        var order = new RankOrder.Score([.. passes]);
        using var turn = _ranks.Order(order.ToBytes());
        var answers = _ranks.Gather(RankAnswer<ReferenceLogProbs[]>.Of(() => trainer.Reference(passes[0], cancellation)).ToBytes());
        turn.Done();
        return [.. RankAnswer<ReferenceLogProbs[]>.All(answers).Take(passes.Count).Select(rows => rows!)];
    });

    /// <summary>Gives the others a state that was put back; a training that begins needs none.</summary>
    public void ShareState(Decoder policy, Optimizer optimizer, int stepsDone)
    {
        if (stepsDone > 0)
        {
            Order(new RankOrder.TakeState(stepsDone), () =>
            {
                RankTensors.Share(_ranks, policy);
                RankTensors.Share(_ranks, policy, optimizer, stepsDone);
            });
        }
    }

    /// <summary>The others take a step with this process.</summary>
    public RankTurn BeginStep(LoopStep step) =>
        _ranks.Order(new RankOrder.Step([.. step.Plan.Triplets], step.Reference is null ? null : [.. step.Reference], step.LearningRate, step.Place).ToBytes());

    /// <summary>All processes have trained the same policy.</summary>
    public void EndTraining(int iteration)
    {
        Elsewhere?.Collect();
        Order(new RankOrder.EndTraining());
        _sharedIteration = iteration + 1;
    }

    /// <summary>The others end; nothing is done where they are gone.</summary>
    public void Stop(int exitCode)
    {
        if (_ranks.IsLost)
        {
            return;
        }

        try
        {
            Order(new RankOrder.Stop(exitCode));
        }
        catch (RankLostException) when (exitCode != 0)
        {
            // The first fault is the one to report.
        }
    }

    private void Order(RankOrder order, Action? together = null)
    {
        using var turn = _ranks.Order(order.ToBytes());
        together?.Invoke();
        turn.Done();
    }
}
