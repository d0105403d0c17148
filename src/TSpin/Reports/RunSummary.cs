using TSpin.Evaluation;

namespace TSpin.Reports;

/// <summary>What a run folder says about its run, in short: for the terminal's table and the head of the report.</summary>
/// <param name="Folder">The run folder, full path.</param>
/// <param name="Id">The run's id; the folder's name where <c>run.json</c> is missing.</param>
/// <param name="Method">The method as in the recipe; empty when not recorded.</param>
/// <param name="Status">What <c>run.json</c> says of the state; empty when not recorded.</param>
/// <param name="Started">When the run started, as recorded; empty when not recorded.</param>
/// <param name="PlannedIterations">Iterations the run was to have, if recorded.</param>
/// <param name="AnnotatedExamples">Number of annotated training examples, if their snapshot is there.</param>
/// <param name="Initial">Scores of the base model, if evaluated.</param>
/// <param name="Iterations">The iterations that have metrics or an evaluation, in order.</param>
/// <param name="Alarms">Signs of trouble the run raised.</param>
/// <param name="Notes">What could not be read, in sentences.</param>
public sealed record RunSummary(
    string Folder,
    string Id,
    string Method,
    string Status,
    string Started,
    int? PlannedIterations,
    int? AnnotatedExamples,
    CheckpointEvaluation? Initial,
    IReadOnlyList<IterationSummary> Iterations,
    IReadOnlyList<RecordedAlarm> Alarms,
    IReadOnlyList<string> Notes)
{
    /// <summary>The last iteration that was evaluated, if any.</summary>
    public IterationSummary? LastEvaluated => Iterations.LastOrDefault(iteration => iteration.Evaluation is not null);

    /// <summary>Reads a run folder; missing and damaged files are passed over (see <see cref="Notes"/>).</summary>
    /// <param name="folder">The run folder.</param>
    /// <returns>The summary.</returns>
    /// <exception cref="TSpinException">The folder does not exist, or holds files but none of a run.</exception>
    public static RunSummary Read(string folder) => RunRecord.Read(folder).Summary;

    /// <summary>The iteration with the highest value in a column of the score table, the earliest of equals.</summary>
    /// <param name="column">The column.</param>
    /// <returns>The iteration, or <see langword="null"/> where none has that score.</returns>
    public IterationSummary? Best(ScoreColumn column) => Iterations
        .Where(iteration => column.Of(iteration.Evaluation) is not null)
        .MaxBy(iteration => column.Of(iteration.Evaluation)!.Value * (column.HigherIsBetter ? 1 : -1));
}
