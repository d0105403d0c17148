namespace TSpin.Generation;

/// <summary>
/// What is known of how long answers get, while many are still being written: the short ones end first, so the mean of those that ended says little. Survival
/// after Kaplan and Meier (1958): an answer under way, or cut at the limit, says only that it is longer than it is by now. Beyond what has been seen answers
/// end as often per token as at the last lengths seen.
/// </summary>
internal sealed class AnswerLengths
{
    private const int LeastAtRisk = 8;
    private const double LastPart = 0.3;

    private readonly SortedDictionary<int, (int Ended, int Cut)> _whole = [];

    /// <summary>Answers that are whole.</summary>
    public int Count { get; private set; }

    /// <summary>Takes in an answer that is whole.</summary>
    /// <param name="tokens">Its length.</param>
    /// <param name="isCut">Whether the limit ended it.</param>
    public void Add(int tokens, bool isCut)
    {
        var (ended, cut) = _whole.GetValueOrDefault(tokens);
        _whole[tokens] = isCut ? (ended, cut + 1) : (ended + 1, cut);
        Count++;
    }

    /// <summary>Survival by length.</summary>
    /// <param name="running">Lengths so far of the answers under way.</param>
    /// <param name="limit">Longest answer.</param>
    /// <returns>For each length k from 0 to <paramref name="limit"/> the probability that an answer is longer than k; 0 at the limit.</returns>
    public double[] Survival(IReadOnlyCollection<int> running, int limit)
    {
        var ended = new int[limit + 1];
        var leaving = new int[limit + 2];   // whose length is known no further
        foreach (var (tokens, (own, cut)) in _whole)
        {
            var at = Math.Min(tokens, limit);
            ended[at] += own;
            leaving[at] += own + cut;
        }

        foreach (var tokens in running)
        {
            leaving[Math.Min(tokens, limit)]++;
        }

        var atRisk = new int[limit + 2];    // answers known to have at least so many tokens
        for (var k = limit; k >= 0; k--)
        {
            atRisk[k] = atRisk[k + 1] + leaving[k];
        }

        var seen = 0;
        while (seen < limit && atRisk[seen + 1] >= Math.Min(LeastAtRisk, Math.Max(1, atRisk[1])))
        {
            seen++;
        }

        var (ends, exposure) = (0, 0);
        for (var k = (int)((1 - LastPart) * seen) + 1; k <= seen; k++)
        {
            ends += ended[k];
            exposure += atRisk[k];
        }

        var beyond = exposure == 0 ? 0 : (double)ends / exposure;
        var survival = new double[limit + 1];
        survival[0] = 1;
        for (var k = 1; k <= limit; k++)
        {
            survival[k] = survival[k - 1] * (1 - (k <= seen ? (double)ended[k] / Math.Max(1, atRisk[k]) : beyond));
        }

        survival[limit] = 0;
        return survival;
    }
}
