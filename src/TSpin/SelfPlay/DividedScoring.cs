using TSpin.Distribution;
using TSpin.Models;
using TSpin.Scoring;

namespace TSpin.SelfPlay;

/// <summary>Scores texts in as many processes as there are, each pass in one of them as one process alone would: who else scores changes no byte.</summary>
/// <param name="inference">This process', rank 0's, model; the others have the same.</param>
/// <param name="ranks">The processes.</param>
internal sealed class DividedScoring(Decoder inference, RankGroup ranks) : IScoringProcesses
{
    /// <inheritdoc/>
    public int Count => ranks.Count;

    /// <inheritdoc/>
    public IReadOnlyList<ScoredResponse[]> Run(IReadOnlyList<ScoringPass> passes)
    {
        using var turn = ranks.Order(new RankOrder.ScoreTexts([.. passes]).ToBytes());
        var answers = ranks.Gather(AnsweringPace.Answer(ranks, inference.Weights.Shards, () => passes[0].Run(inference)));
        turn.Done();
        return [.. RankAnswer<ScoredResponse[]>.All(answers).Take(passes.Count).Select(scores => scores!)];
    }
}
