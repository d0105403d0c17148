namespace TSpin.Generation;

/// <summary>
/// How long the rest of a stage of answering will take: the remaining waves are played through with answers as long as those so far let expect, each step at what
/// steps of so many rows cost.
/// </summary>
internal static class TimeLeft
{
    private const int Places = 8;   // as a wave has it: this part of the places must be free before prompts take them

    /// <summary>Estimates.</summary>
    /// <param name="survival">From <see cref="AnswerLengths.Survival"/>.</param>
    /// <param name="cost">What steps cost.</param>
    /// <param name="running">Answers under way: tokens so far.</param>
    /// <param name="waiting">Prompts of this wave that wait: their tokens.</param>
    /// <param name="later">The waves after this one: tokens of each prompt.</param>
    /// <param name="batchSize">Most rows at once.</param>
    /// <returns>Seconds.</returns>
    public static double Of(double[] survival, StepCost cost, IReadOnlyList<int> running, IReadOnlyList<int> waiting, IReadOnlyList<int[]> later, int batchSize)
    {
        var draws = new Draws(survival);
        var seconds = Play(draws, cost, [.. running.Select(draws.Rest)], waiting, batchSize);
        // Full waves are alike: one is played for all.
        var full = 0.0;
        foreach (var wave in later.GroupBy(wave => wave.Length))
        {
            var own = wave.ToArray();
            full += own.Length * Play(draws, cost, [], own[own.Length / 2], batchSize);
        }

        return seconds + full;
    }

    private static double Play(Draws draws, StepCost cost, List<int> rests, IReadOnlyList<int> waiting, int batchSize)
    {
        var (step, row) = cost.Law();
        var rows = new PriorityQueue<int, long>();
        var (now, seconds, next) = (0L, 0.0, 0);
        rests.ForEach(rest => rows.Enqueue(rest, rest));
        var places = Math.Min(batchSize, Math.Max(1, waiting.Count + rests.Count));
        while (next < waiting.Count || rows.Count > 0)
        {
            var free = places - rows.Count;
            if (next < waiting.Count && (rows.Count == 0 || free >= Math.Max(1, places / Places)))
            {
                for (; free > 0 && next < waiting.Count; free--, next++)
                {
                    seconds += waiting[next] * cost.PromptToken;
                    var length = draws.Rest(0);
                    rows.Enqueue(length, now + length);
                }
            }

            rows.TryPeek(out _, out var end);
            seconds += (end - now) * (step + (row * rows.Count));
            now = end;
            while (rows.TryPeek(out _, out var due) && due <= now)
            {
                rows.Dequeue();
            }
        }

        return seconds;
    }

    // Lengths that follow the survival, spread as evenly as may be (van der Corput), so that the estimate does not jump.
    private sealed class Draws(double[] survival)
    {
        private uint _drawn;

        public int Rest(int tokens)
        {
            var bits = ++_drawn;
            var share = 0.0;
            for (var part = 0.5; bits > 0; bits >>= 1, part /= 2)
            {
                share += (bits & 1) * part;
            }

            var from = Math.Min(tokens, survival.Length - 1);
            // The shortest length beyond, at which no more than this share of those alive now is left.
            var (low, high) = (from + 1, survival.Length - 1);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (survival[middle] <= share * survival[from])
                {
                    high = middle;
                }
                else
                {
                    low = middle + 1;
                }
            }

            return Math.Max(1, Math.Min(low, survival.Length - 1) - from);
        }
    }
}
