namespace TSpin.Evaluation.Harness;

/// <summary>A task whose answer the model writes.</summary>
public abstract class GenerationTask : HarnessTask
{
    /// <summary>Where an answer ends.</summary>
    public abstract IReadOnlyList<string> Until { get; }

    /// <summary>Longest answer in tokens; null: the harness' 256.</summary>
    public virtual int? MaxTokens => null;

    /// <summary>What is taken out of the answer before it is scored, a score each. Default: <c>none</c>, the answer as it is.</summary>
    public virtual IReadOnlyList<AnswerFilter> Filters { get; } = [AnswerFilter.None];

    /// <summary>Scores a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="answer">What a filter took out of the answer.</param>
    /// <returns>A score for each of <see cref="HarnessTask.Metrics"/>, by name.</returns>
    public abstract IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, string answer);
}
