namespace TSpin.Evaluation.Harness;

/// <summary>What came of a task.</summary>
/// <param name="Asked">The task and its questions.</param>
/// <param name="Questions">Filter by filter, question by question.</param>
/// <param name="Metrics">The task's numbers.</param>
public sealed record TaskOutcome(AskedTask Asked, IReadOnlyList<QuestionOutcome> Questions, IReadOnlyList<MetricOutcome> Metrics)
{
    /// <summary>The task.</summary>
    public HarnessTask Task => Asked.Task;

    /// <summary>
    /// What the written answers are like: numbers beside the task's own, which the harness does not have. Empty where
    /// nothing was written here.
    /// </summary>
    public IReadOnlyList<MetricOutcome> AnswerMetrics => AnswerFigures.Metrics(Figures);

    /// <summary>What each answer is like, a question each; empty where nothing was written here.</summary>
    public IReadOnlyList<AnswerFigures> Figures =>
        [.. Questions.DistinctBy(question => question.Question.Number).Select(question => question.Figures)
        .OfType<AnswerFigures>()];

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
    /// <param name="figures">For each question what its answer is like. Default: it is not known.</param>
    /// <param name="cancellation">Stops a judge.</param>
    /// <returns>The outcome.</returns>
    public static TaskOutcome OfAnswers(AskedTask asked, IReadOnlyList<string> answers,
        IReadOnlyList<AnswerFigures>? figures = null, CancellationToken cancellation = default)
    {
        var task = (GenerationTask)asked.Task;
        return Of(asked, [.. task.Filters.SelectMany(filter =>
        {
            string[] filtered = [.. answers.Select(filter.Apply)];
            var scores = task.ScoreAll([.. asked.Questions.Select((question, i) => (question.Row, filtered[i]))],
                cancellation);
            return asked.Questions.Select((question, i) =>
                new QuestionOutcome(question, [], answers[i], filter.Name, filtered[i],
                scores[i]) { Figures = figures?[i] });
        })]);
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
