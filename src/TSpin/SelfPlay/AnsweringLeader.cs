using TSpin.Distribution;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Scoring;

namespace TSpin.SelfPlay;

/// <summary>Rank 0's side where several processes answer and score with one model outside a run; the others are <see cref="AnsweringWorker"/>s.</summary>
public sealed class AnsweringLeader
{
    private readonly RankGroup _ranks;

    /// <summary>Begins to lead: the others wait for orders.</summary>
    /// <param name="ranks">The processes.</param>
    public AnsweringLeader(RankGroup ranks)
    {
        _ranks = ranks;
        ranks.Lead();
    }

    /// <summary>Lets all processes answer.</summary>
    /// <param name="own">This process' generator, of the model that all have loaded.</param>
    /// <returns>Answers whole waves in each process, with the bytes of one.</returns>
    public IGenerator Divide(Generator own)
    {
        Order(new RankOrder.MakeGenerator(own.Options, own.EndIds));
        return new DividedGenerator(own, _ranks, null);
    }

    /// <summary>Lets all processes score texts.</summary>
    /// <param name="decoder">The model that all have loaded.</param>
    /// <returns>Scores whole passes in each process, with the bits of one.</returns>
    public IScoringProcesses Divide(Decoder decoder) => new DividedScoring(decoder, _ranks);

    /// <summary>Does the work, and lets the others end as it ends.</summary>
    /// <param name="work">Answers and scores.</param>
    /// <returns>What it returns, the exit code of all.</returns>
    public int Lead(Func<AnsweringLeader, int> work)
    {
        int code;
        try
        {
            code = work(this);
        }
        catch (Exception error)
        {
            Stop(error is OperationCanceledException ? RankLeader.Interrupted : (error as TSpinException)?.ExitCode ?? RankLeader.Unforeseen);
            throw;
        }

        Stop(code);
        return code;
    }

    private void Stop(int exitCode)
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

    private void Order(RankOrder order)
    {
        using var turn = _ranks.Order(order.ToBytes());
        turn.Done();
    }
}
