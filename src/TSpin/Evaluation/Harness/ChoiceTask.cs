namespace TSpin.Evaluation.Harness;

/// <summary>A task whose answer is the choice that the model finds likeliest.</summary>
public abstract class ChoiceTask : HarnessTask
{
    /// <summary>The choices of a row.</summary>
    /// <param name="row">A row of <see cref="HarnessTask.Process"/>.</param>
    /// <returns>At least one.</returns>
    public abstract IReadOnlyList<string> Choices(TaskRow row);

    /// <summary>Whether the choices stand in the question and <see cref="HarnessTask.Target"/> is what follows each of them (WinoGrande). Default: false, they follow the question.</summary>
    public virtual bool AsksByContext => false;

    /// <summary>The number of the right choice.</summary>
    /// <param name="row">The row.</param>
    /// <returns>From 0; -1 where none is right.</returns>
    public virtual int Gold(TaskRow row) => Target(row).Gold(Choices(row));

    /// <summary>Scores a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="answers">What the model found, a choice each.</param>
    /// <returns>A score for each of <see cref="HarnessTask.Metrics"/>, by name.</returns>
    public virtual IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, IReadOnlyList<ContinuationScore> answers)
    {
        var choices = Choices(row);
        var gold = Gold(row);
        var scores = new Dictionary<string, TaskScore>(StringComparer.Ordinal);
        foreach (var metric in Metrics)
        {
            scores[metric.Name] = TaskScore.Of(gold == First(metric == TaskMetric.NormalizedAccuracy
                ? [.. answers.Select((answer, i) => answer.LogProb / PythonString.Length(choices[i]))]
                : [.. answers.Select(answer => answer.LogProb)]));
        }

        return scores;
    }

    /// <inheritdoc/>
    public override (string Question, string Answer) Shot(TaskRow row)
    {
        var (target, choices) = (Target(row), Choices(row));
        return target.Choice is { } choice && (choice < 0 || choice >= choices.Count)
            ? throw new TSpinException($"{row.Place}: the right answer is choice {choice} of {choices.Count}, counted from 0, so the row is no example. Correct the row, or fetch the dataset again.")
            : (Text(row), target.Answer(choices));
    }

    // As numpy's argmax: the first of equals, and the first NaN before everything.
    private static int First(double[] values)
    {
        var best = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(values[i]))
            {
                return i;
            }

            best = values[i] > values[best] ? i : best;
        }

        return best;
    }
}
