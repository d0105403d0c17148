namespace TSpin.Evaluation.Harness;

/// <summary>What came of a task.</summary>
/// <param name="Asked">The task and its questions.</param>
/// <param name="Questions">Filter by filter, question by question.</param>
/// <param name="Metrics">The task's numbers.</param>
public sealed record TaskOutcome(AskedTask Asked, IReadOnlyList<QuestionOutcome> Questions, IReadOnlyList<MetricOutcome> Metrics)
{
    /// <summary>The task.</summary>
    public HarnessTask Task => Asked.Task;

    /// <summary>Judges what a model found of a task's choices.</summary>
    /// <param name="asked">The task.</param>
    /// <param name="found">For each question every choice.</param>
    /// <returns>The outcome.</returns>
    public static TaskOutcome OfChoices(AskedTask asked, IReadOnlyList<IReadOnlyList<ContinuationScore>> found)
    {
        var task = (ChoiceTask)asked.Task;
        return Of(asked, [.. asked.Questions.Select((question, i) => new QuestionOutcome(question, found[i], null, AnswerFilter.None.Name, null, task.Score(question.Row, found[i])))]);
    }

    /// <summary>Judges what a model wrote.</summary>
    /// <param name="asked">The task.</param>
    /// <param name="answers">For each question the answer.</param>
    /// <returns>The outcome.</returns>
    public static TaskOutcome OfAnswers(AskedTask asked, IReadOnlyList<string> answers)
    {
        var task = (GenerationTask)asked.Task;
        return Of(asked, [.. task.Filters.SelectMany(filter => asked.Questions.Select((question, i) =>
        {
            var filtered = filter.Apply(answers[i]);
            return new QuestionOutcome(question, [], answers[i], filter.Name, filtered, task.Score(question.Row, filtered));
        }))]);
    }

    private static TaskOutcome Of(AskedTask asked, IReadOnlyList<QuestionOutcome> questions)
    {
        var metrics = from filter in questions.Select(question => question.Filter).Distinct()
                      let own = questions.Where(question => question.Filter == filter).ToArray()
                      from metric in asked.Task.Metrics
                      select Mean(metric, filter, [.. own.Select(question => question.Scores[metric.Name])]);
        return new TaskOutcome(asked, questions, [.. metrics]);
    }

    private static MetricOutcome Mean(TaskMetric metric, string filter, IReadOnlyList<TaskScore> scores)
    {
        var mean = MeanScore.Of([.. scores.SelectMany(score => score.Values)]);
        return new MetricOutcome(metric.Name, filter, mean.Score, metric.IsPerPart ? null : mean.StandardError, scores.Count);
    }
}
