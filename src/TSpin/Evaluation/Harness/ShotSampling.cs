using TSpin.Randomness;

namespace TSpin.Evaluation.Harness;

/// <summary>Draws few-shot examples as the harness' samplers do: one generator a task, from which every question draws anew, in the order of the rows.</summary>
/// <param name="task">For its way of taking examples, and its name.</param>
/// <param name="pool">What examples are drawn from.</param>
/// <param name="seed">Of the generator.</param>
internal sealed class ShotSampling(HarnessTask task, IReadOnlyList<TaskRow> pool, long seed)
{
    private readonly PythonRandom _random = new(seed);

    /// <summary>Draws the examples of the next question.</summary>
    /// <param name="count">How many.</param>
    /// <param name="question">The question, which is not among them where the task leaves it out.</param>
    public IReadOnlyList<TaskRow> Next(int count, TaskRow question)
    {
        if (count == 0)
        {
            return [];
        }

        var leavesOut = task.Data.ShotsLeaveOutTheQuestion;
        if (task.TakesFirstShots)
        {
            IReadOnlyList<TaskRow> left = leavesOut ? [.. pool.Where(row => !row.Equals(question))] : pool;
            return count <= left.Count ? [.. left.Take(count)] : throw TooFew(count, left.Count);
        }

        var drawn = leavesOut ? count + 1 : count;
        return drawn <= pool.Count ? [.. _random.Sample(pool, drawn).Where(row => !leavesOut || !row.Equals(question)).Take(count)] : throw TooFew(drawn, pool.Count);
    }

    private TSpinException TooFew(int wanted, int there) => new(
        $"{task.Name}: {wanted} rows are wanted to choose few-shot examples from, and there are {there}. Give a lower --num-fewshot, or the whole dataset.");
}
