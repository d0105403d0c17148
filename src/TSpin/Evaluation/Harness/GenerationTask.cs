namespace TSpin.Evaluation.Harness;

/// <summary>A task whose answer the model writes.</summary>
public abstract class GenerationTask : HarnessTask
{
    /// <summary>Where an answer ends.</summary>
    public abstract IReadOnlyList<string> Until { get; }

    /// <summary>Longest answer in tokens; null: the harness' 256.</summary>
    public virtual int? MaxTokens => null;

    /// <summary>At which temperature answers are drawn; 0 takes the likeliest token each. Default: 0.</summary>
    public virtual double Temperature => 0;

    /// <summary>What is taken out of the answer before it is scored, a score each. Default: <c>none</c>, the answer as it is.</summary>
    public virtual IReadOnlyList<AnswerFilter> Filters { get; } = [AnswerFilter.None];

    /// <summary>Scores a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="answer">What a filter took out of the answer.</param>
    /// <returns>A score for each of <see cref="HarnessTask.Metrics"/>, by name.</returns>
    public abstract IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, string answer);

    /// <summary>Scores all answers of one filter. Default: row by row.</summary>
    /// <param name="answers">The questions' rows, and what the filter took out of the answers.</param>
    /// <param name="cancellation">Stops a judge.</param>
    /// <returns>As <see cref="Score"/>, one for each.</returns>
    public virtual IReadOnlyList<IReadOnlyDictionary<string, TaskScore>> ScoreAll(
        IReadOnlyList<(TaskRow Row, string Answer)> answers, CancellationToken cancellation = default) =>
        [.. answers.Select(answer => Score(answer.Row, answer.Answer))];

    /// <summary>
    /// The whole annotated answer, whose log-probability is measured. Default: null, the task has none.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <returns>The text.</returns>
    public virtual string? Annotated(TaskRow row) => null;
}
