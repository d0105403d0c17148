using TSpin.Randomness;

namespace TSpin.Evaluation.Harness;

/// <summary>
/// A task of lm-evaluation-harness 0.4.13, declared: dataset, how a row becomes a question, metrics. What is done with it (few-shot examples, chat templates, requests, scores, groups)
/// is the same for all, see <see cref="HarnessEvaluation"/>. It keeps no state.
/// </summary>
public abstract class HarnessTask
{
    /// <summary>Its name there: <c>arc_easy</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What tables call it. Default: <see cref="Name"/>.</summary>
    public virtual string Alias => Name;

    /// <summary>Where its rows are.</summary>
    public abstract TaskData Data { get; }

    /// <summary>The task's version, as results give it.</summary>
    public abstract double Version { get; }

    /// <summary>Few-shot examples that the harness gives unless told otherwise; 0 cannot be told otherwise. Null: it does not say, which is none.</summary>
    public virtual int? Shots => null;

    /// <summary>Few-shot examples that <c>tspin eval</c> gives unless told otherwise: as the paper does. Default: <see cref="Shots"/>.</summary>
    public virtual int UsualShots => Shots ?? 0;

    /// <summary>Whether examples are always the first ones. Default: drawn anew for every question.</summary>
    public virtual bool TakesFirstShots => false;

    /// <summary>What stands before everything. Default: nothing.</summary>
    public virtual string Description => "";

    /// <summary>Between a question and its answer.</summary>
    public virtual string TargetDelimiter => " ";

    /// <summary>Between examples.</summary>
    public virtual string ShotDelimiter => "\n\n";

    /// <summary>What is measured, in the order of results.</summary>
    public abstract IReadOnlyList<TaskMetric> Metrics { get; }

    /// <summary>Works on the rows of a split before anything is asked. Default: leaves them.</summary>
    /// <param name="rows">All of the split.</param>
    /// <param name="random">Python's global generator, which the harness seeds once an evaluation.</param>
    /// <returns>The task's rows.</returns>
    /// <exception cref="TSpinException">A row lacks something.</exception>
    public virtual IReadOnlyList<TaskRow> Process(IReadOnlyList<TaskRow> rows, PythonRandom random) => rows;

    /// <summary>
    /// Rows that the task brings itself, in place of those below the data folder. Default: null, it has none.
    /// </summary>
    public virtual IReadOnlyList<TaskRow>? OwnRows => null;

    /// <summary>The files that <see cref="OwnRows"/> and its examples are read from. Default: none.</summary>
    public virtual IReadOnlyList<string> OwnFiles => [];

    /// <summary>Examples that are no rows of the dataset. Default: null, there are none.</summary>
    public virtual IReadOnlyList<TaskRow>? OwnShots => null;

    /// <summary>The question.</summary>
    /// <param name="row">A row of <see cref="Process"/>.</param>
    /// <returns>What stands before the answer's delimiter.</returns>
    public abstract string Text(TaskRow row);

    /// <summary>The right answer.</summary>
    /// <param name="row">A row of <see cref="Process"/>.</param>
    /// <returns>A text or the number of a choice.</returns>
    public abstract TaskTarget Target(TaskRow row);

    /// <summary>How an example shows its question and its answer.</summary>
    /// <param name="row">The example.</param>
    /// <returns>Both.</returns>
    public virtual (string Question, string Answer) Shot(TaskRow row) => (Text(row), Target(row).Answer(null));
}
