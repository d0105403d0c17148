using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;
using TSpin.Training;

namespace TSpin.SelfPlay;

/// <summary>Rank 0's side of a run that several processes share: it runs as one process does, and lets the others (<see cref="RankWorker"/>) do their parts. It alone reads and writes the run's folder, but for the others' parts of a training state.</summary>
internal sealed class RankLeader
{
    /// <summary>Exit codes for the others where the run does not end by a sentence for the user.</summary>
    public const int Interrupted = 130;

    /// <summary>The same for a fault nobody foresaw.</summary>
    public const int Unforeseen = 70;

    private readonly RankGroup _ranks;
    private Decoder? _shared;
    private int _sharedIteration = -1;
    private readonly ShardingKind _sharding;
    private readonly bool _isFirstStage;
    private PolicySource? _source;
    private IReadOnlyDictionary<string, int>? _owners;

    /// <summary>Begins to lead: the others wait for orders.</summary>
    public RankLeader(RankGroup ranks, ShardingKind sharding)
    {
        (_ranks, _sharding) = (ranks, sharding);
        ranks.Lead();
    }

    private RankLeader(RankLeader whole) => (_ranks, _sharding, _isFirstStage) = (whole._ranks, whole._sharding, true);

    /// <summary>Leads the same processes in the stage before the first iteration; <see cref="Begin"/> follows again when it is done.</summary>
    public RankLeader ForFirstStage() => new(this);

    /// <summary>Sums over all processes, and shares of the update where that is divided.</summary>
    public IGradientExchange Exchange => new RankExchange(_ranks, _owners);

    /// <summary>What others hold of the training under way; null where each holds all.</summary>
    public StateElsewhere? Elsewhere { get; private set; }

    /// <summary>The others load the starting model.</summary>
    public void Begin(DType computeType) => Order(new RankOrder.Begin(computeType, _sharding, _isFirstStage));

    /// <summary>The processes that share a model's parameters; null where each holds all.</summary>
    public RankGroup? Sharing => _sharding == ShardingKind.Full ? _ranks : null;

    /// <summary>Where policies come from.</summary>
    public void TakeFrom(PolicySource source) => _source = source;

    /// <summary>The others gather parameters with this process whenever a model that answers takes a pass.</summary>
    public void Lead(Decoder inference)
    {
        if (inference.Weights.Shards is { } shards)
        {
            shards.Pace = new WalkPace(_ranks, isInference: true);
        }
    }

    /// <summary>The same while the policy itself takes passes in this process alone.</summary>
    public T Leading<T>(Decoder policy, Func<T> work)
    {
        if (policy.Weights.Shards is not { } shards)
        {
            return work();
        }

        shards.Pace = new WalkPace(_ranks, isInference: false);
        try
        {
            return work();
        }
        finally
        {
            shards.Pace = null;
        }
    }

    /// <summary>Makes the others' policy that of this process, if it is not yet.</summary>
    public void Share(Decoder policy, int iteration)
    {
        if (ReferenceEquals(_shared, policy) && _sharedIteration == iteration)
        {
            return;
        }

        if (policy.Training.Shards is { } shards)
        {
            var folder = _source!.WeightsOf(iteration);
            Order(new RankOrder.TakePolicy(), () => Send(policy, folder));
            shards.Fetch = name =>
            {
                Tensor? fetched = null;
                Order(new RankOrder.SendParameter(name), () => fetched = RankTensors.FetchParameter(_ranks, shards, name));
                return fetched!;
            };
        }
        else
        {
            Order(new RankOrder.TakePolicy(), () => Send(policy, ""));
        }

        (_shared, _sharedIteration) = (policy, iteration);
    }

    /// <summary>Lets all processes answer with the policy that was shared last.</summary>
    public IGenerator Divide(Generator own, Decoder inference)
    {
        Order(new RankOrder.MakeGenerator(own.Options, own.EndIds));
        return new DividedGenerator(own, _ranks, inference.Weights.Shards);
    }

    /// <summary>Lets all processes score texts with the policy that was shared last.</summary>
    public IScoringProcesses Divide(Decoder inference) => new DividedScoring(inference, _ranks);

    /// <summary>The others prepare training of the policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="iteration">The iteration, from 0.</param>
    /// <param name="reference">A second model that this process compares with; null where there is none.</param>
    /// <param name="isInitial">Whether that is pi_0, which the others have not, and not a copy of the policy.</param>
    public void BeginTraining(Decoder policy, int iteration, Decoder? reference, bool isInitial)
    {
        Share(policy, iteration);
        var takesInitial = reference is not null && isInitial;
        Order(new RankOrder.Train(iteration, reference is not null, takesInitial, _sharding), () =>
        {
            // After a first stage pi_0 is what that left in the run's folder: the others' recipe names another model.
            if (takesInitial)
            {
                Send(reference!, _source!.InitialFolder);
            }
        });
    }

    /// <summary>Divides the update, where the recipe wants it divided; before the optimizer has made its state.</summary>
    /// <param name="policy">The model in training.</param>
    /// <param name="optimizer">Its optimizer.</param>
    /// <param name="stateFile">Where the state is to be saved: in parts, if all see the folder.</param>
    public void Divide(Decoder policy, Optimizer optimizer, string stateFile)
    {
        (_owners, Elsewhere) = (null, null);
        if (_sharding == ShardingKind.None || (_sharding == ShardingKind.Full && policy.Training.Shards is null))
        {
            return;
        }

        Action<string, int>? saveParts = AllSee(stateFile) ? (path, step) => SaveParts(path, policy, optimizer, step) : null;
        if (policy.Training.Shards is { } shards)
        {
            Elsewhere = new StateElsewhere(
                () => { },
                name =>
                {
                    Tensor? fetched = null;
                    Order(new RankOrder.SendState(name), () => fetched = RankTensors.FetchState(_ranks, shards, optimizer, name));
                    return fetched!;
                },
                saveParts);
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
            },
            saveParts);
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

    /// <summary>Puts a saved state back where each holds its share: read by each where all see the folder, else by this process for all, tensor by tensor.</summary>
    /// <returns>Steps done before.</returns>
    public int Restore(string path, Decoder policy, Optimizer optimizer)
    {
        StateFiles.Sweep(path);
        var stepsDone = TrainingState.StepOf(path);
        if (stepsDone == 0)
        {
            return 0;
        }

        if (Elsewhere?.SaveParts is not null)
        {
            IReadOnlyList<byte[]> answers = [];
            Order(new RankOrder.TakeState(stepsDone, path), () => answers = StateParts.Restore(_ranks, path, policy, optimizer));
            RankAnswer<string>.All(answers);
            return stepsDone;
        }

        // What is wrong with it is found before the others wait for it.
        using var saved = TrainingState.Open(path, policy, optimizer);
        Order(new RankOrder.TakeState(stepsDone, null), () => RankTensors.TakeState(_ranks, policy, optimizer, stepsDone, saved));
        return stepsDone;
    }

    /// <summary>The others take a step with this process.</summary>
    public RankTurn BeginStep(LoopStep step) =>
        _ranks.Order(new RankOrder.Step([.. step.Plan.Triplets], step.Reference is null ? null : [.. step.Reference], step.LearningRate, step.Place).ToBytes());

    /// <summary>All processes have trained the same policy.</summary>
    /// <returns>Whether all parameters that others hold alone are finite.</returns>
    public bool EndTraining(Decoder policy, int iteration)
    {
        Elsewhere?.Collect();
        var notFinite = 0.0;
        Order(new RankOrder.EndTraining(), () => notFinite = policy.Training.Shards is { } shards ? _ranks.Sum(RankTensors.AreFinite(shards) ? 0 : 1) : 0);
        _sharedIteration = iteration + 1;
        return notFinite == 0;
    }

    /// <summary>The others end; nothing is done where they are gone.</summary>
    public void Stop(int exitCode)
    {
        if (_isFirstStage || _ranks.IsLost)
        {
            return; // the run itself says when it ends
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

    /// <summary>The others end as this process does.</summary>
    public void Stop(Exception error) =>
        Stop(error is OperationCanceledException ? Interrupted : (error as TSpinException)?.ExitCode ?? Unforeseen);

    private bool AllSee(string stateFile) => StateParts.AllMeet(_ranks, stateFile, (path, word) =>
    {
        IReadOnlyList<byte[]> answers = [];
        Order(new RankOrder.MeetInFolder(path, word), () => answers = StateParts.Meet(_ranks, path, word));
        return answers;
    });

    private void SaveParts(string path, Decoder policy, Optimizer optimizer, int step)
    {
        IReadOnlyList<byte[]> answers = [];
        Order(new RankOrder.SaveState(path, step), () => answers = StateParts.Save(_ranks, path, policy, optimizer, step));
        try
        {
            RankAnswer<string>.All(answers);
        }
        catch (TSpinException)
        {
            // A disk that is full has room again, and the older state counts.
            StateFiles.Sweep(path);
            throw;
        }

        TrainingState.NameParts(path, step, _ranks.Count);
    }

    // What RankTensors.Take receives. The folder is read where no process has the whole.
    private void Send(Decoder model, string folder)
    {
        if (model.Training.Shards is { } shards)
        {
            DecoderLoader.Each(folder, shards.Type, (_, tensor) => _ranks.Broadcast(tensor.Contiguous()));
        }
        else
        {
            RankTensors.Share(_ranks, model);
        }
    }

    private void Order(RankOrder order, Action? together = null)
    {
        using var turn = _ranks.Order(order.ToBytes());
        together?.Invoke();
        turn.Done();
    }
}
