using TSpin.Distribution;
using TSpin.Models;

namespace TSpin.SelfPlay;

/// <summary>Each process takes as many forward passes as its own wave of answers needs: those that are done go through the passes of the others, until nobody takes one.</summary>
internal sealed class AnsweringPace : IPassPace
{
    private readonly RankGroup _ranks;

    private AnsweringPace(RankGroup ranks) => _ranks = ranks;

    public void Begin() => _ranks.Sum(1);

    public void End()
    {
    }

    // What fails in the middle of a pass is no TSpinException, and ends this process; the others notice.
    public void Abort()
    {
    }

    /// <summary>Does this process' part of the answers.</summary>
    /// <param name="ranks">The processes; all of them do this.</param>
    /// <param name="shards">The parameters that they share; null where each has all.</param>
    /// <param name="work">Answers.</param>
    /// <returns>For <see cref="RankAnswer{T}.All"/>.</returns>
    public static byte[] Answer<T>(RankGroup ranks, WeightShards? shards, Func<T?> work)
        where T : class
    {
        if (shards is null)
        {
            return RankAnswer<T>.Of(work).ToBytes();
        }

        var before = shards.Pace;
        shards.Pace = new AnsweringPace(ranks);
        try
        {
            var answer = RankAnswer<T>.Of(work).ToBytes();
            while (ranks.Sum(0) > 0)
            {
                shards.Walk();
            }

            return answer;
        }
        finally
        {
            shards.Pace = before;
        }
    }
}
