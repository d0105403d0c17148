using TSpin.Distribution;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Tokenizers;

namespace TSpin.SelfPlay;

/// <summary>What a process other than the first does of answering and scoring.</summary>
/// <param name="ranks">The processes.</param>
internal sealed class RankAnswering(RankGroup ranks)
{
    private Generator? _generator;

    /// <summary>Follows an order to answer or score.</summary>
    /// <param name="order">The order.</param>
    /// <param name="model">The model that answers.</param>
    /// <param name="tokenizer">Its tokenizer; null where answers are ids alone.</param>
    /// <param name="cancellation">Ends a wave of answers.</param>
    /// <returns>False where it is another order.</returns>
    public bool Follow(RankOrder order, Func<Decoder> model, Func<Tokenizer?> tokenizer, CancellationToken cancellation)
    {
        switch (order)
        {
            case RankOrder.MakeGenerator make:
                _generator = new Generator(model(), tokenizer(), make.Options, make.EndIds);
                return true;
            case RankOrder.Answer answer:
                ranks.Gather(AnsweringPace.Answer<Response[]>(
                    ranks, model().Weights.Shards,
                    () => ranks.Rank < answer.Waves.Length ? [.. _generator!.GenerateWave(answer.Waves[ranks.Rank], answer.Seeds, answer.BatchSize, null, cancellation)] : null));
                return true;
            case RankOrder.ScoreTexts score:
                var decoder = model();
                ranks.Gather(AnsweringPace.Answer(ranks, decoder.Weights.Shards, () => ranks.Rank < score.Passes.Length ? score.Passes[ranks.Rank].Run(decoder) : null));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Forgets the generator: its model is about to change.</summary>
    public void Drop() => _generator = null;
}
