namespace TSpin.Scoring;

/// <summary>A finished pass of a <see cref="ContinuationScorer"/>: a line of its file.</summary>
/// <param name="Of">What names the whole work: other sequences are not continued.</param>
/// <param name="Pass">Number of the pass, from 0.</param>
/// <param name="Indices">The sequences scored in it.</param>
/// <param name="LogProbs">Of each: log-probabilities of its continuation's tokens, nats.</param>
/// <param name="Greedy">Of each: whether greedy decoding would have written it.</param>
internal sealed record ScoredPass(string Of, int Pass, int[] Indices, float[][] LogProbs, bool[] Greedy)
{
    /// <summary>The scores.</summary>
    public IEnumerable<(int Index, ScoredResponse Score)> Scores() => Indices.Select((index, i) => (index, new ScoredResponse(LogProbs[i], Greedy[i])));

    /// <summary>Whether the line says one score for each of its sequences.</summary>
    public bool IsWhole(int sequences) => LogProbs.Length == Indices.Length && Greedy.Length == Indices.Length && Indices.All(index => index >= 0 && index < sequences);
}
