using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Hub;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// The one place where names on a Hugging Face hub become paths on this machine, before a run begins. A run's own recipe then names the snapshot of a
/// commit, so that resuming it next month does not quietly go on with another model.
/// </summary>
public static class HubInputs
{
    /// <summary>Fetches what a recipe names on a hub.</summary>
    /// <param name="recipe">Any recipe; one with paths only comes back unchanged, and nobody is asked.</param>
    /// <param name="settings">
    /// Where the hub and the cache are; asked for only where a name stands in the recipe, or in a task's file that it names.
    /// </param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>The same recipe with local paths; files of tasks keep their names, which are then read from the cache.</returns>
    /// <exception cref="TSpinException">
    /// As <see cref="HubSnapshot.ModelAsync"/> and
    /// <see cref="HubSnapshot.DatasetAsync(HubReference, HubSplit, CancellationToken)"/>, with the recipe's field.
    /// </exception>
    public static Recipe Fetch(Recipe recipe, Func<HubSettings> settings, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        var adapter = recipe.Lora.Adapter is { } given && HubReference.IsMarked(given) ? given : null;
        var data = recipe.Data;
        string[] files = [.. data.Train, .. data.Prompts ?? [], .. recipe.Evaluation.Data ?? [], data.Validation ?? ""];
        if (!HubReference.IsMarked(recipe.Model.Path) && adapter is null && !files.Any(HubReference.IsMarked)
            && !IsOnHub(recipe.Evaluation))
        {
            return recipe;
        }

        var where = settings();
        using var snapshot = SnapshotOf(where, progress);
        var evaluation = Asked(recipe.Evaluation, "evaluation.datasets", snapshot, where.CacheFolder, cancellation);
        return recipe with
        {
            Model = !HubReference.IsMarked(recipe.Model.Path) ? recipe.Model
                : recipe.Model with { Path = Named("model.path", recipe.Model.Path, name => snapshot.ModelAsync(name, cancellation)) },
            Lora = adapter is null ? recipe.Lora : recipe.Lora with { Adapter = Named("lora.adapter", adapter, name => snapshot.ModelAsync(name, cancellation)) },
            Data = data with
            {
                Train = [.. data.Train.SelectMany(path => Files("data.train", path, HubSplit.Training))],
                Prompts = data.Prompts is not { } prompts ? null
                    : [.. prompts.SelectMany(path => Files("data.prompts", path, HubSplit.Training))],
                Validation = data.Validation is { } words && HubReference.IsMarked(words) ? TheOnly("data.validation", words) : data.Validation,
            },
            Evaluation = evaluation with
            {
                Data = evaluation.Data is not { } paths ? null
                    : [.. paths.SelectMany(path => Files("evaluation.data", path, HubSplit.HeldOut))],
            },
        };

        IReadOnlyList<string> Files(string field, string path, HubSplit split) =>
            HubReference.IsMarked(path) ? Named(field, path, name => snapshot.DatasetAsync(name, split, cancellation)) : [path];

        string TheOnly(string field, string path) => Files(field, path, HubSplit.HeldOut) is [var file] ? file
            : throw new TSpinException($"{field}: {path} names several files; name one of them.");
    }

    /// <summary>The folder of a model that is given as path or name.</summary>
    /// <param name="model">A folder, <c>org/name</c>, <c>org/name@revision</c> or <c>hub:…</c>; what exists is a path.</param>
    /// <param name="settings">As in <see cref="Fetch"/>.</param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>A local path.</returns>
    public static string Model(string model, Func<HubSettings> settings, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        if (HubReference.FromPathOrName(model) is not { } name)
        {
            return model;
        }

        using var snapshot = SnapshotOf(settings(), progress);
        return snapshot.ModelAsync(name, cancellation).GetAwaiter().GetResult();
    }

    /// <summary>The files of examples or prompts, given as path or name.</summary>
    /// <param name="option">What names them, for messages: <c>--data</c>.</param>
    /// <param name="data">A path, or <c>hub:org/name@revision:file</c>.</param>
    /// <param name="split">Which split is meant where no file is named.</param>
    /// <param name="settings">As in <see cref="Fetch"/>.</param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>Local paths.</returns>
    public static IReadOnlyList<string> Files(
        string option, string data, HubSplit split, Func<HubSettings> settings, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        if (!HubReference.IsMarked(data))
        {
            return [data];
        }

        using var snapshot = SnapshotOf(settings(), progress);
        return Named(option, data, name => snapshot.DatasetAsync(name, split, cancellation));
    }

    /// <summary>
    /// The rows of tasks of the user's own: what their files name on a hub is in the cache afterwards, from which it is read.
    /// </summary>
    /// <param name="tasks">Names of tasks; those that are no files are left alone.</param>
    /// <param name="settings">As in <see cref="Fetch"/>.</param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    public static void TaskRows(
        IReadOnlyList<string> tasks, Func<HubSettings> settings, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        if (tasks.SelectMany(TaskFile.HubNamesOf).Any())
        {
            using var snapshot = SnapshotOf(settings(), progress);
            Rows(tasks, snapshot, cancellation);
        }
    }

    /// <summary>The folder of the datasets that tasks ask, given as path or name.</summary>
    /// <param name="option">What names it, for messages: <c>--data</c>.</param>
    /// <param name="datasets">
    /// A path; or <c>hub:</c>, each task's own dataset; or <c>hub:org/name@revision</c>, a repository that has them.
    /// </param>
    /// <param name="tasks">The tasks.</param>
    /// <param name="asked">How they are asked.</param>
    /// <param name="settings">As in <see cref="Fetch"/>.</param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>A local path.</returns>
    public static string Datasets(
        string option, string datasets, IReadOnlyList<HarnessTask> tasks, HarnessSettings asked,
        Func<HubSettings> settings, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        if (!HubReference.IsMarked(datasets))
        {
            return datasets;
        }

        var where = settings();
        using var snapshot = SnapshotOf(where, progress);
        return Of(option, () => HubDatasets.Fetch(datasets, tasks, asked, snapshot, where.CacheFolder, cancellation));
    }

    /// <summary>What the tasks of an evaluation ask: their own rows, and the folder of datasets.</summary>
    /// <param name="evaluation">Names them.</param>
    /// <param name="option">What names the folder, for messages: <c>--datasets</c>.</param>
    /// <param name="settings">As in <see cref="Fetch"/>.</param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>The same with local paths.</returns>
    public static EvaluationSettings Evaluation(
        EvaluationSettings evaluation, string option, Func<HubSettings> settings, IProgress<RunEvent>? progress,
        CancellationToken cancellation)
    {
        if (!IsOnHub(evaluation))
        {
            return evaluation;
        }

        var where = settings();
        using var snapshot = SnapshotOf(where, progress);
        return Asked(evaluation, option, snapshot, where.CacheFolder, cancellation);
    }

    private static bool IsOnHub(EvaluationSettings evaluation) =>
        (evaluation.Datasets is { } datasets && HubReference.IsMarked(datasets))
            || evaluation.Tasks.SelectMany(TaskFile.HubNamesOf).Any();

    private static EvaluationSettings Asked(
        EvaluationSettings evaluation, string option, HubSnapshot snapshot, string cacheFolder, CancellationToken cancellation)
    {
        Rows(evaluation.Tasks, snapshot, cancellation);
        return evaluation.Datasets is { } datasets && HubReference.IsMarked(datasets)
            ? evaluation with
            {
                Datasets = Of(option, () => HubDatasets.Fetch(
                    datasets, TasksOf(evaluation), HarnessEvaluationTask.SettingsOf(evaluation), snapshot, cacheFolder,
                    cancellation)),
            }
            : evaluation;
    }

    private static HubSnapshot SnapshotOf(HubSettings settings, IProgress<RunEvent>? progress) =>
        new(settings, progress is null ? null : new Relay<HubProgress>(value => progress.Report(new Downloaded(value))));

    private static HarnessTask[] TasksOf(EvaluationSettings evaluation) =>
        [.. evaluation.Tasks.Where(name => !TaskFile.IsOne(name) && EvaluationTasks.IsOfHarness(name, evaluation))
            .SelectMany(name => HarnessTasks.Find([name], new HarnessFolder(evaluation.Harness)).Tasks)];

    private static void Rows(IReadOnlyList<string> tasks, HubSnapshot snapshot, CancellationToken cancellation)
    {
        foreach (var (task, row) in tasks.SelectMany(task => TaskFile.HubNamesOf(task).Select(row => (task, row))))
        {
            Named($"{task}: {row.Key}", row.Name, name => snapshot.DatasetAsync(name, row.Split, cancellation));
        }
    }

    private static T Named<T>(string field, string path, Func<HubReference, Task<T>> fetch) =>
        Of(field, () => fetch(HubReference.Parse(path)).GetAwaiter().GetResult());

    private static T Of<T>(string field, Func<T> fetch)
    {
        try
        {
            return fetch();
        }
        catch (HubUnreachableException error)
        {
            throw new HubUnreachableException($"{field}: {error.Message}", error);
        }
        catch (TSpinException error)
        {
            throw new TSpinException($"{field}: {error.Message}", error) { ExitCode = error.ExitCode };
        }
    }
}
