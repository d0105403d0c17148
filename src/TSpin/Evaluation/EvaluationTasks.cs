using TSpin.ChatTemplates;
using TSpin.Data;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;

namespace TSpin.Evaluation;

/// <summary>The tasks that recipes can name: those of the program, and those that a host has registered.</summary>
public static class EvaluationTasks
{
    private static readonly Lock Registering = new();
    private static IReadOnlyList<(string Name, Func<EvaluationSettings, IReadOnlyList<AnnotatedExample>, IEvaluationTask> Create)> _all =
        [(Gsm8kTask.TaskName, (settings, heldOut) => new Gsm8kTask(heldOut, settings))];

    /// <summary>Their names, in the order of help and docs.</summary>
    public static IReadOnlyList<string> Names => [.. Volatile.Read(ref _all).Select(task => task.Name)];

    /// <summary>The program's own.</summary>
    public static IReadOnlyList<string> OfTheProgram { get; } = Names;

    /// <summary>Adds a task, so that recipes can name it: before the first of them is read or run.</summary>
    /// <param name="name">As recipes have it: a-z, 0-9, - and _.</param>
    /// <param name="create">Makes it from a recipe's section <c>evaluation</c> and the held-out examples that this names.</param>
    /// <exception cref="ArgumentException">The name is taken, or is no word.</exception>
    public static void Register(string name, Func<EvaluationSettings, IReadOnlyList<AnnotatedExample>, IEvaluationTask> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        if (string.IsNullOrEmpty(name) || name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_')))
        {
            throw new ArgumentException($"\"{name}\" is no name for a task; use a-z, 0-9, - and _", nameof(name));
        }

        lock (Registering)
        {
            if (_all.Any(known => known.Name == name))
            {
                throw new ArgumentException($"there is a task {name} already", nameof(name));
            }

            Volatile.Write(ref _all, [.. _all, (name, create)]);
        }
    }

    /// <summary>Whether a name is one of lm-evaluation-harness' tasks or groups, which ask <see cref="EvaluationSettings.Datasets"/>.</summary>
    /// <param name="name">A name of <see cref="EvaluationSettings.Tasks"/>.</param>
    /// <param name="settings">The section that names it.</param>
    /// <returns>False for the program's own and those of a host.</returns>
    public static bool IsOfHarness(string name, EvaluationSettings settings) =>
        HarnessTasks.Knows(name)
        && (Find(name) is null || (name == Gsm8kTask.TaskName && settings is { Data: null, Datasets: not null }));

    /// <summary>Makes the tasks of a recipe, with all their questions.</summary>
    /// <param name="settings">Names them.</param>
    /// <param name="heldOut">The held-out examples.</param>
    /// <param name="template">The model's chat template, asked for where tasks apply one. Default: it has none.</param>
    /// <param name="ofFile">Reads a task of the user's own where a name is a file. Default: there are none.</param>
    /// <returns>In the recipe's order; none where there is nothing to ask.</returns>
    /// <exception cref="TSpinException">A name is not known, or a dataset is missing or damaged.</exception>
    public static IReadOnlyList<IEvaluationTask> Of(EvaluationSettings settings, IReadOnlyList<AnnotatedExample> heldOut, Func<ChatTemplate?>? template = null, Func<string, HarnessTask?>? ofFile = null)
    {
        // The default, of a recipe that measures nothing.
        if (heldOut.Count == 0 && settings is { Datasets: null, Tasks: [Gsm8kTask.TaskName] })
        {
            return [];
        }

        var asked = new Lazy<ChatTemplate?>(() => settings.ApplyChatTemplate ? template?.Invoke() : null);
        var data = new Lazy<DatasetFolder>(() => new DatasetFolder(
            settings.Datasets ?? throw new TSpinException("evaluation.datasets: is missing; the tasks of lm-evaluation-harness ask the datasets in that folder. Name it.")));
        return [.. settings.Tasks.SelectMany<string, IEvaluationTask>(name => ofFile?.Invoke(name) is { } own
            ? HarnessEvaluationTask.Of(name, new DatasetFolder(settings.Datasets ?? "."), settings, asked.Value, _ => own)
            : IsOfHarness(name, settings) ? HarnessEvaluationTask.Of(name, data.Value, settings, asked.Value)
            : Find(name) is { } create ? [create(settings, heldOut)]
            : throw new TSpinException($"evaluation.tasks: there is no task \"{name}\"; it is one of {string.Join(", ", AllNames)}."))];
    }

    /// <summary>What the results of a recipe's tasks are called: short names are written out.</summary>
    /// <param name="settings">Names the tasks.</param>
    /// <returns>As <see cref="EvaluationResult.Task"/> has them.</returns>
    public static IReadOnlyList<string> ResultsOf(EvaluationSettings settings) => [.. settings.Tasks.SelectMany(name => IsOfHarness(name, settings) ? HarnessTasks.FullNames(name) : [name])];

    /// <summary>The files of datasets and of the user's own tasks that a recipe's tasks read.</summary>
    /// <param name="settings">Names tasks and folder.</param>
    /// <param name="ofFile">Reads a task of the user's own where a name is a file.</param>
    /// <returns>Each with what it is: the part of its path below the folder of datasets, or task and file name.</returns>
    /// <exception cref="TSpinException">A dataset or a file is missing.</exception>
    public static IReadOnlyList<(string Role, string Path)> FilesOf(EvaluationSettings settings, Func<string, HarnessTask?> ofFile)
    {
        var files = new List<(string, string)>();
        foreach (var name in settings.Tasks)
        {
            if (ofFile(name) is { } own)
            {
                files.AddRange(own.OwnFiles.Prepend(name).Select(file => ($"evaluation.tasks/{own.Name}/{Path.GetFileName(file)}", file)));
            }
            else if (settings.Datasets is { } folder && IsOfHarness(name, settings))
            {
                var data = new DatasetFolder(folder);
                files.AddRange(HarnessTasks.Find([name], HarnessFolder.Of(settings.Harness, folder)).Tasks
                    .SelectMany(task => HarnessEvaluationTask.SettingsOf(settings).SplitsOf(task)
                        .SelectMany(split => data.FilesOf(task.Data, split)))
                    .Select(file => ($"evaluation.datasets/{data.RoleOf(file)}", file)));
            }
        }

        return [.. files.Distinct()];
    }

    /// <summary>Every name that a recipe can give: <see cref="Names"/>, then lm-evaluation-harness' tasks, groups and their short names.</summary>
    public static IReadOnlyList<string> AllNames => [.. Names.Union(HarnessTasks.Names)];

    private static Func<EvaluationSettings, IReadOnlyList<AnnotatedExample>, IEvaluationTask>? Find(string name) =>
        Volatile.Read(ref _all).FirstOrDefault(known => known.Name == name).Create;
}
