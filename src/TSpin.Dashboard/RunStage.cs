using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Objectives;
using TSpin.SelfPlay;

namespace TSpin.Dashboard;

/// <summary>A stage of a run: what is done of it, and how long the rest will take.</summary>
/// <param name="Iteration">Zero-based; -1 before the first.</param>
/// <param name="Name">What is done, in words.</param>
/// <param name="State"><c>done</c>, <c>now</c> or <c>next</c>.</param>
/// <param name="Done">How much, in <paramref name="Unit"/>; null where nobody counts.</param>
/// <param name="Total">Of how much.</param>
/// <param name="Unit">Steps or answers.</param>
/// <param name="SecondsLeft">Null where nothing is known to tell it by.</param>
internal sealed record RunStage(int Iteration, string Name, string State, int? Done, int? Total, string Unit,
    double? SecondsLeft)
{
    private const int MaxIterations = 1000;

    /// <summary>The stages of a run in their order, told from its files.</summary>
    /// <param name="run">The run.</param>
    /// <param name="planned">Its iterations.</param>
    /// <param name="status">What it does now.</param>
    public static IReadOnlyList<RunStage> Of(WatchedRun run, int planned, string status)
    {
        var recipe = RecipeDifference.Fields(run.Text(run.Folder.Recipe));
        bool Says(string field, params string[] nothing) => !nothing.Contains(recipe.GetValueOrDefault(field, nothing[0]));
        // A method that a host has registered is not known here, but answers are.
        var plays = Methods.Find(recipe.GetValueOrDefault("method", ""))?.PlaysAgainstItself
            ?? run.Iterations.Any(t => Has(run, run.Folder.Responses(t)) || Has(run, run.Folder.ResponseMetrics(t)));
        var isEvaluated = Has(run, Path.Combine(run.Folder.Initial, EvaluationFiles.ResultFile))
            || run.Iterations.Any(t => HasScores(run, t)) || Says("data.validation", "null", "")
            || Says("evaluation.data", "null", "") || Says("evaluation.tasks", "gsm8k", "[gsm8k]", "- gsm8k");
        var stages = new List<RunStage>();
        if (Says("rejection.draws", "0"))
        {
            stages.Add(Stage(-1, StageNames.Rejection, Has(run, run.Folder.Rejection)));
        }

        if (Says("sft.epochs", "0"))
        {
            stages.Add(FirstTraining(run));
        }

        if (isEvaluated && recipe.GetValueOrDefault("evaluation.initial") != "false")
        {
            stages.Add(Stage(-1, StageNames.EvaluatingStart,
                Has(run, Path.Combine(run.Folder.Initial, EvaluationFiles.ResultFile))));
        }

        // As many as a recipe may have, whatever a damaged run.json says.
        var iterations = Math.Min(MaxIterations,
            Math.Max(planned, run.Iterations.Count == 0 ? 0 : Math.Min(run.Iterations[^1], MaxIterations) + 1));
        for (var t = 0; t < iterations; t++)
        {
            if (plays)
            {
                stages.Add(Answers(run, t));
            }

            stages.Add(Training(run, t, status == "finished"));
            if (isEvaluated)
            {
                stages.Add(Stage(t, StageNames.Evaluating, HasScores(run, t)));
            }
        }

        return Timed(run, Placed(stages, status), status);
    }

    private static RunStage Stage(int iteration, string name, bool isDone) =>
        new(iteration, name, isDone ? "done" : "next", null, null, "", null);

    private static RunStage FirstTraining(WatchedRun run)
    {
        var last = run.FirstStage?.Last(0);
        var isDone = Directory.Exists(new RunFolder(run.Folder.Sft).Checkpoint(0)) && run.Files.IsInside(run.Folder.Sft);
        return new RunStage(-1, StageNames.FirstStage, isDone ? "done" : "next", last?.Step, last?.Steps, "steps", null);
    }

    private static RunStage Answers(WatchedRun run, int t)
    {
        var isDone = Has(run, run.Folder.ResponseMetrics(t)) || Has(run, run.Folder.Metrics(t));
        // Prompts that no longer teach are left out.
        var total = run.Examples.Count - run.Taught(t).Count;
        var done = isDone ? total : run.Iterations.Contains(t) ? run.Responses(t).Count : 0;
        return new RunStage(t, StageNames.Responses(t), isDone ? "done" : "next",
            done, total, "answers", null);
    }

    private static RunStage Training(WatchedRun run, int t, bool isFinished)
    {
        var (done, total) = run.Last(t) is { } last ? (last.Step, last.Steps) : (0, run.Last(0)?.Steps ?? 0);
        var isDone = run.Iterations.Contains(t)
            && (isFinished || Directory.Exists(run.Folder.Checkpoint(t)) || HasScores(run, t)
                || run.Iterations.Any(later => later > t));
        return new RunStage(t, StageNames.Training, isDone ? "done" : "next", done, total == 0 ? null : total, "steps", null);
    }

    // What comes before a stage that was begun is over, whether or not its traces are still there.
    private static List<RunStage> Placed(List<RunStage> stages, string status)
    {
        var reached = stages.FindLastIndex(stage => stage.State == "done");
        for (var i = 0; i < reached; i++)
        {
            stages[i] = stages[i] with { State = "done" };
        }

        if (status is not ("finished" or "") && reached + 1 < stages.Count)
        {
            stages[reached + 1] = stages[reached + 1] with { State = "now" };
        }

        return stages;
    }

    private static List<RunStage> Timed(WatchedRun run, List<RunStage> stages, string status)
    {
        if (status != "running")
        {
            return stages;
        }

        var summary = run.Summary();
        var evaluating = summary.Iterations.Select(iteration => iteration.Evaluation).Prepend(summary.Initial)
            .OfType<CheckpointEvaluation>().LastOrDefault()?.Results.Sum(result => result.Seconds);
        var current = stages.Find(stage => stage.State == "now");
        var answers = current is { Unit: "answers" } ? run.AnswersPerSecond(current.Iteration) : double.NaN;
        double Pace(RunStage stage) => (stage.Iteration < 0 ? run.FirstStage : run)?.SecondsPerStep ?? double.NaN;
        return stages.ConvertAll(stage => stage.State == "done" ? stage : stage with
        {
            SecondsLeft = stage.Unit switch
            {
                "steps" when stage.Total is { } total && Pace(stage) is var pace && double.IsFinite(pace) =>
                    (total - (stage.Done ?? 0)) * pace,
                "answers" when stage.Total is { } total && double.IsFinite(answers) =>
                    (total - (stage.Done ?? 0)) / answers,
                "" when stage.State == "next" => evaluating,
                _ => null,
            },
        });
    }

    private static bool Has(WatchedRun run, string file) => File.Exists(file) && run.Files.IsInside(file);

    private static bool HasScores(WatchedRun run, int t) =>
        Has(run, Path.Combine(run.Folder.Iteration(t), EvaluationFiles.ResultFile));
}
