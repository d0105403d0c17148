using TSpin.Data;
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

    /// <summary>Makes the tasks of a recipe.</summary>
    /// <param name="settings">Names them.</param>
    /// <param name="heldOut">The held-out examples.</param>
    /// <returns>In the recipe's order.</returns>
    /// <exception cref="TSpinException">A name is not known.</exception>
    public static IReadOnlyList<IEvaluationTask> Of(EvaluationSettings settings, IReadOnlyList<AnnotatedExample> heldOut) => [.. settings.Tasks.Select(name =>
        Volatile.Read(ref _all).FirstOrDefault(known => known.Name == name).Create is { } create ? create(settings, heldOut)
            : throw new TSpinException($"evaluation.tasks: there is no task \"{name}\"; it is one of {string.Join(", ", Names)}."))];
}
