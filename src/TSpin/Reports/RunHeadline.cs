using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Evaluation;

namespace TSpin.Reports;

/// <summary>The one sentence of a report: what the run made of its base model.</summary>
/// <param name="Column">The score it speaks of.</param>
/// <param name="Iteration">The best iteration under that score.</param>
/// <param name="Gain">Base against that iteration; <see langword="null"/> where the base was not evaluated.</param>
/// <param name="Best">Score of the best iteration.</param>
/// <param name="Text">The finding in two or three sentences.</param>
public sealed record RunHeadline(ScoreColumn Column, int Iteration, ScoreGain? Gain, RecordedScore Best, string Text)
{
    /// <summary>Finds the headline of a run.</summary>
    /// <param name="run">The run.</param>
    /// <returns>The headline, or <see langword="null"/> while no iteration is evaluated.</returns>
    public static RunHeadline? From(RunRecord run)
    {
        var summary = run.Summary;
        var columns = ScoreColumn.Present([summary]);
        var column = columns.FirstOrDefault(column => column.Of(summary.Initial) is not null && summary.Best(column) is not null)
            ?? columns.FirstOrDefault(column => summary.Best(column) is not null);
        if (column is null || summary.Best(column) is not { } best)
        {
            return null;
        }

        var after = column.Of(best.Evaluation)!;
        var gain = column.Of(summary.Initial) is { } before ? Compare(run, column, before, after, best.Iteration) : null;
        return new RunHeadline(column, best.Iteration, gain, after, Describe(summary, column, best, after, gain));
    }

    private static ScoreGain Compare(RunRecord run, ScoreColumn column, RecordedScore before, RecordedScore after, int iteration)
    {
        var ignored = new List<string>();
        IReadOnlyDictionary<int, bool> Verdicts(string folder) =>
            AnswerVerdicts.Of(EvaluationFiles.ReadAnswers(Path.Combine(folder, EvaluationFiles.AnswersFile), ignored), column);

        return ScoreGain.Between(before, after, Verdicts(new RunFolder(run.Summary.Folder).Initial), Verdicts(run.IterationFolder(iteration)));
    }

    private static string Describe(RunSummary summary, ScoreColumn column, IterationSummary best, RecordedScore after, ScoreGain? gain)
    {
        var method = MethodName.Display(summary.Method);
        var result = best.Evaluation!.Results.First(result => result.Task == column.Task);
        var problems = result.Examples > 0 ? $" on {result.Examples} held-out problems" : "";
        var task = result.Task.Length > 0 ? $" ({result.Task})" : "";
        var where = $"{column.Title}{(column.IsShare ? " accuracy" : "")}{problems}{task}";
        var finding = gain is null
            ? $"{method} reaches {after}{after.Unit} {where} in iteration {best.Iteration}; the base model was not evaluated."
            : $"{method} takes {where} from {gain.Before}{after.Unit} to {after}{after.Unit} in iteration {best.Iteration}: {Verdict(gain)}";
        return finding + Caution(summary, column, best);
    }

    private static string Verdict(ScoreGain gain)
    {
        var factor = gain.After.IsShare ? 100 : 1;
        var change = string.Create(CultureInfo.InvariantCulture, $"{factor * gain.Difference:+0.0;-0.0;0.0}{(gain.After.IsShare ? " points" : "")}");
        if (!double.IsFinite(gain.StandardError))
        {
            return $"{change}; standard errors were not recorded.";
        }

        var half = ScoreGain.Coverage95 * gain.StandardError;
        var interval = string.Create(CultureInfo.InvariantCulture, $"95% interval {factor * (gain.Difference - half):+0.0;-0.0;0.0} to {factor * (gain.Difference + half):+0.0;-0.0;0.0}");
        var verdict = gain switch
        {
            { IsOutsideError: false } => "the change is within the error",
            { Difference: > 0 } => "the gain is outside the error",
            _ => "the loss is outside the error",
        };
        var pairs = gain.Gained is { } gained ? $" {gained} problems became right, {gain.Lost} became wrong." : "";
        return $"{change} ({interval}), {verdict}.{pairs}";
    }

    private static string Caution(RunSummary summary, ScoreColumn column, IterationSummary best)
    {
        var evaluated = summary.Iterations.Count(iteration => column.Of(iteration.Evaluation) is not null);
        if (evaluated < 2 || summary.LastEvaluated is not { } last || column.Of(last.Evaluation) is not { } lastScore)
        {
            return "";
        }

        return last.Iteration == best.Iteration
            ? $" It is the best of {evaluated} iterations and the last."
            : $" The best of {evaluated} iterations was picked on these same problems, which flatters it a little; the last iteration has {lastScore}{lastScore.Unit}.";
    }
}
