using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation.Comparison;

/// <summary>
/// Reads an evaluation from where it lies: the folder of <c>tspin eval --out</c> (or of lm_eval with --log_samples),
/// with several tasks or dates; a run's, whose last evaluated iteration
/// or another is taken; an iteration's own.
/// </summary>
public static class EvaluationFolder
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="iteration">Which iteration of a run. Null: the last that was evaluated.</param>
    /// <returns>The evaluation.</returns>
    /// <exception cref="TSpinException">There is none, there are several that do not belong together, or a file is
    /// damaged.</exception>
    public static ComparedEvaluation Read(string path, int? iteration = null)
    {
        if (!Directory.Exists(path))
        {
            throw new TSpinException(File.Exists(path) ? $"{path}: is a file. Give the folder that it lies in."
                : $"{path}: there is no such folder. Give a run's folder, or that of tspin eval --out.");
        }

        if (IsRun(path))
        {
            return OfRun(path, new RunFolder(path), Evaluated(path), iteration);
        }

        if (iteration is not null)
        {
            throw new TSpinException(
                $"{path}: is no run's folder, so it has no iteration {iteration}. Leave --iteration out for it.");
        }

        return Samples(path) is { Length: > 0 } samples ? OfSamples(path, samples)
            : File.Exists(Path.Combine(path, EvaluationFiles.AnswersFile)) ? OfAnswers(path, path, "")
            : throw new TSpinException(
                $"{path}: holds no evaluation: no samples_*.jsonl (in it or in a model's folder below), no {EvaluationFiles.AnswersFile}, and is no run's folder. Evaluate with tspin eval --out.");
    }

    /// <summary>Whether a folder is a run's.</summary>
    /// <param name="path">Any path.</param>
    /// <returns>True where it has a recipe, a run.json or an evaluated iteration.</returns>
    public static bool IsRun(string path) => Directory.Exists(path)
        && (File.Exists(new RunFolder(path).Run) || File.Exists(new RunFolder(path).Recipe)
        || Evaluated(path).Count > 0);

    private static ComparedEvaluation OfRun(string path, RunFolder run, IReadOnlyList<int> iterations, int? iteration)
    {
        if (iterations.Count == 0 || (iteration is { } wanted && !iterations.Contains(wanted)))
        {
            throw new TSpinException(iterations.Count == 0
                ? $"{path}: none of the run's iterations was evaluated. Name a test set as evaluation.data, or evaluate a checkpoint with tspin eval --out."
                : $"{path}: iteration {iteration} was not evaluated; {string.Join(", ", iterations)} {(iterations.Count == 1 ? "was" : "were")}. Name one of these, or the run's folder initial for the starting model.");
        }

        var taken = iteration ?? iterations[^1];
        return OfAnswers(path, run.Iteration(taken), $"iteration {taken}");
    }

    private static ComparedEvaluation OfAnswers(string path, string folder, string origin)
    {
        var notes = new List<string>();
        var answers = EvaluationFiles.ReadAnswers(Path.Combine(folder, EvaluationFiles.AnswersFile), notes);
        var result = EvaluationFiles.TryReadResult(Path.Combine(folder, EvaluationFiles.ResultFile), notes);
        // Earlier versions knew one task, and did not name it at every answer.
        var usual = result is { Results: [var first, ..] } ? first.Task : "gsm8k";
        var tasks = answers.GroupBy(answer => (Task: answer.Task ?? usual, answer.Mode)).Select(group =>
        {
            var rows = new Dictionary<int, ComparedRow>();
            foreach (var answer in group)
            {
                if (!rows.TryAdd(answer.Index,
                    new ComparedRow(answer.Index, null, answer.Prompt, answer.Reference, answer.Answer,
                    Scores(answer))))
                {
                    throw new TSpinException(
                        $"{Path.Combine(folder, EvaluationFiles.AnswersFile)}: the row {answer.Index} of {group.Key.Task} is there twice. Evaluate again.");
                }
            }

            var metrics = result?.Results.Where(own => own.Task == group.Key.Task).SelectMany(own => own.Metrics)
                .DistinctBy(metric => metric.Name) ?? [];
            return new ComparedTask(
                group.Key.Mode is "" or "greedy" ? group.Key.Task
                    : $"{group.Key.Task} ({group.Key.Mode})", group.Any(answer => answer.Tokens > 0), rows,
                metrics.ToDictionary(metric => metric.Name, metric => metric.HigherIsBetter));
        }).ToArray();
        return tasks.Length > 0 ? new ComparedEvaluation(path, origin, tasks, notes)
            : throw new TSpinException(
                $"{Path.Combine(folder, EvaluationFiles.AnswersFile)}: holds no answers{(notes.Count > 0 ? $" ({notes[0].TrimEnd('.')})" : "")}. Evaluate again.");
    }

    private static Dictionary<string, ComparedScore> Scores(EvaluatedAnswer answer)
    {
        var scores = answer.Scores.ToDictionary(score => score.Key, score => new ComparedScore(score.Value));
        if (answer.Tokens > 0)
        {
            scores.TryAdd(MetricScore.KeyOf(AnswerFigures.TokensMetric, AnswerFilter.None.Name),
                new ComparedScore(answer.Tokens));
            scores.TryAdd(MetricScore.KeyOf(AnswerFigures.CutMetric, AnswerFilter.None.Name),
                new ComparedScore(answer.Ended ? 0 : 1));
        }

        return scores;
    }

    private static ComparedEvaluation OfSamples(string path, string[] samples)
    {
        if (samples.Select(Path.GetDirectoryName).Distinct().ToArray() is { Length: > 1 } models)
        {
            throw new TSpinException(
                $"{path}: holds evaluations of several models ({string.Join(", ", models.Select(Path.GetFileName))}). Give the folder of one.");
        }

        var notes = new List<string>();
        var tasks = new List<ComparedTask>();
        var dates = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var files in samples.GroupBy(file => SampleFile.NameOf(file)!.Value.Task))
        {
            var newest = files.MaxBy(file => SampleFile.NameOf(file)!.Value.Date, StringComparer.Ordinal)!;
            if (files.Count() > 1)
            {
                notes.Add($"{path}: {files.Key} was evaluated {files.Count()} times; the newest is taken ({Path.GetFileName(newest)}).");
            }

            dates.Add(SampleFile.NameOf(newest)!.Value.Date);
            tasks.Add(SampleFile.Read(newest));
        }

        return new ComparedEvaluation(path,
            $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(samples[0])))}, {dates.Max!.Split('.')[0]}",
            tasks, notes);
    }

    private static string[] Samples(string path) =>
        [.. Directory.EnumerateDirectories(path).Prepend(path).SelectMany(Directory.EnumerateFiles)
            .Where(file => SampleFile.NameOf(file) is not null).Order(StringComparer.Ordinal)];

    private static IReadOnlyList<int> Evaluated(string path) => [.. Directory.EnumerateDirectories(path, "iteration-*")
        .Where(folder => File.Exists(Path.Combine(folder, EvaluationFiles.AnswersFile)))
        .Select(folder =>
            int.TryParse(Path.GetFileName(folder)["iteration-".Length..], NumberStyles.None,
            CultureInfo.InvariantCulture, out var number) ? number : -1)
        .Where(number => number >= 0).Order()];
}
