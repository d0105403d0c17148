using TSpin.Distribution;
using TSpin.Models;
using TSpin.Tokenizers;

namespace TSpin.SelfPlay;

/// <summary>A process other than the first where several answer and score with one model outside a run: does its part of what <see cref="AnsweringLeader"/> orders.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="decoder">The model, the same in all of them.</param>
/// <param name="tokenizer">Its tokenizer; null where answers are ids alone.</param>
public sealed class AnsweringWorker(RankGroup ranks, Decoder decoder, Func<Tokenizer?> tokenizer)
{
    /// <summary>Follows orders until the leader says that all is done.</summary>
    /// <param name="cancellation">Ends a wave of answers, and with it the work, at a safe point.</param>
    /// <returns>The exit code that rank 0 ends with.</returns>
    /// <exception cref="RankLostException">Rank 0, or another process, is gone.</exception>
    public int Run(CancellationToken cancellation = default)
    {
        var answering = new RankAnswering(ranks);
        var words = new Lazy<Tokenizer?>(tokenizer);
        while (true)
        {
            var order = RankOrder.Of(ranks.Receive());
            if (order is RankOrder.Stop stop)
            {
                return stop.ExitCode;
            }

            if (!answering.Follow(order, () => decoder, () => words.Value, cancellation))
            {
                throw new InvalidOperationException($"rank {ranks.Rank} did not expect the order {order}");
            }
        }
    }
}
