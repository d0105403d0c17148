using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.Optimization;

namespace TSpin.Training;

/// <summary>
/// Step after step of one stage of training, of a self-play iteration as of a model made from nothing. Stopped or killed, the stage goes on from the last saved step with the same bits. Gradients
/// must be on.
/// </summary>
/// <param name="trainer">Takes the steps.</param>
/// <param name="policy">The model that it trains.</param>
/// <param name="optimizer">Its optimizer.</param>
/// <param name="stateFile">Where <see cref="TrainingState"/> is kept; the caller deletes it when what the stage makes is written.</param>
/// <param name="saveEverySteps">Steps from one saved state to the next; 0 saves only when stopped.</param>
/// <param name="elsewhere">What other processes hold. Default: nothing.</param>
/// <param name="begin">Tells other processes of a step that all take together. Default: there are none.</param>
internal sealed class TrainingLoop(Trainer trainer, Decoder policy, Optimizer optimizer, string stateFile, int saveEverySteps, StateElsewhere? elsewhere = null, Func<LoopStep, RankTurn>? begin = null)
{
    /// <summary>Puts the saved state back, if there is one; before <see cref="Run"/>, and after whatever must see the weights as they were at first.</summary>
    /// <returns>Steps done before.</returns>
    public int Resume() => TrainingState.Restore(stateFile, policy, optimizer);

    /// <summary>Takes steps.</summary>
    /// <param name="steps">Those that are left; each is asked for when the one before is done.</param>
    /// <param name="done">Told what each was like.</param>
    /// <param name="failed">Makes of a loss or gradient that is not finite what the user is told.</param>
    /// <param name="cancellation">Saves the state after the current step, and stops.</param>
    /// <exception cref="OperationCanceledException">Stopped; the state is saved.</exception>
    /// <exception cref="NonFiniteException">From <paramref name="failed"/>.</exception>
    public void Run(IEnumerable<LoopStep> steps, Action<StepMetrics, IReadOnlyList<TripletMetrics>> done, Func<NonFiniteException, LoopStep, NonFiniteException> failed, CancellationToken cancellation)
    {
        var isFirst = true;
        foreach (var step in steps)
        {
            Save(step.Place.Step - 1, isFirst, cancellation);
            isFirst = false;
            var (metrics, triplets) = Step(step, failed);
            done(metrics, triplets);
        }
    }

    // What is saved already need not be saved again.
    private void Save(int stepsDone, bool isSaved, CancellationToken cancellation)
    {
        if (!isSaved && (cancellation.IsCancellationRequested || (saveEverySteps > 0 && stepsDone % saveEverySteps == 0)))
        {
            if (elsewhere?.SaveParts is { } saveParts)
            {
                saveParts(stateFile, stepsDone);
            }
            else
            {
                elsewhere?.Collect();
                TrainingState.Save(stateFile, policy, optimizer, stepsDone, elsewhere is null ? null : elsewhere.Fetch);
            }
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private (StepMetrics Metrics, IReadOnlyList<TripletMetrics> Triplets) Step(LoopStep step, Func<NonFiniteException, LoopStep, NonFiniteException> failed)
    {
        using var turn = begin?.Invoke(step);
        try
        {
            var taken = trainer.Step(step.Plan, step.Reference, step.LearningRate, step.Place);
            turn?.Done();
            return taken;
        }
        catch (NonFiniteException error)
        {
            // All of them have stopped at the same place.
            turn?.Done();
            throw failed(error, step);
        }
    }
}
