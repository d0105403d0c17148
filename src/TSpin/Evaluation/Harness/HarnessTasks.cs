using TSpin.Evaluation.InstructionFollowing;
using TSpin.Evaluation.Tasks;
using TSpin.Files;

namespace TSpin.Evaluation.Harness;

/// <summary>The tasks of lm-evaluation-harness that there are here, by name: a new one is a class and a line in this list.</summary>
public static class HarnessTasks
{
    private static readonly (IReadOnlyList<string> Names, Func<int, HarnessFolder, HarnessTask> Create)[] All =
    [
        (["gsm8k"], (_, _) => new Gsm8kFewShotTask()),
        (["arc_easy", "arc_challenge"], (i, _) => i == 0 ? new ArcTask("arc_easy", "ARC-Easy", 0) : new ArcTask("arc_challenge", "ARC-Challenge", 25)),
        (["hellaswag"], (_, _) => new HellaSwagTask()),
        (["winogrande"], (_, _) => new WinoGrandeTask()),
        ([.. MmluTask.Subjects.Select(subject => $"mmlu_{subject}")], (i, _) => new MmluTask(MmluTask.Subjects[i])),
        (["truthfulqa_mc1", "truthfulqa_mc2"], (i, _) => new TruthfulQaTask(hasSeveralRight: i == 1)),
        (BigBenchHardTask.Group.Members, (i, harness) => new BigBenchHardTask(BigBenchHardTask.Names[i], harness)),
        (MusrTask.Group.Members, (i, _) => new MusrTask(MusrTask.Names[i])),
        (["leaderboard_mmlu_pro"], (_, _) => new MmluProTask()),
        (GpqaTask.Group.Members, (i, _) => new GpqaTask(GpqaTask.Names[i])),
        (["leaderboard_ifeval"], (_, harness) => new InstructionFollowingTask(new InstructionJudge(harness.Tools.Value))),
        (MathHardTask.Group.Members, (i, harness) => new MathHardTask(MathHardTask.Names[i], harness)),
    ];

    private static readonly TaskGroup[] AllGroups = [.. MmluTask.Groups, BigBenchHardTask.Group, MusrTask.Group, GpqaTask.Group, MathHardTask.Group];

    private static readonly (string Alias, string[] Names)[] Aliases =
    [
        ("bbh", ["leaderboard_bbh"]), ("musr", ["leaderboard_musr"]), ("mmlu_pro", ["leaderboard_mmlu_pro"]), ("gpqa", ["leaderboard_gpqa"]), ("ifeval", ["leaderboard_ifeval"]),
        ("math", ["leaderboard_math_hard"]), ("math_hard", ["leaderboard_math_hard"]), ("truthfulqa", ["truthfulqa_mc1", "truthfulqa_mc2"]), ("arc", ["arc_easy", "arc_challenge"]),
    ];

    /// <summary>Names that can be asked for: groups and tasks outside of groups first, then aliases.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. All.SelectMany(entry => entry.Names).Where(name => !AllGroups.Any(group => group.Members.Contains(name))).Concat(AllGroups.Select(group => group.Name)).Order(StringComparer.Ordinal),
        .. Aliases.Select(alias => alias.Alias),
    ];

    /// <summary>What a name stands for.</summary>
    /// <param name="name">A task, a group or a short name.</param>
    /// <returns>Tasks and groups by the harness' own names.</returns>
    public static IReadOnlyList<string> FullNames(string name) => Aliases.FirstOrDefault(alias => alias.Alias == name).Names ?? [name];

    /// <summary>Finds tasks and groups.</summary>
    /// <param name="names">As the user named them.</param>
    /// <param name="harness">What belongs to the harness itself.</param>
    /// <param name="ofFile">The task of the user's own that a name means, or null for any other name. Default: none is
    /// one.</param>
    /// <returns>The tasks, each once, in the order in which the harness loads them; and all groups that were named or lie in such, the inner ones first.</returns>
    /// <exception cref="TSpinException">A name is unknown, a task is named twice, or one needs the harness' folder.</exception>
    public static (IReadOnlyList<HarnessTask> Tasks, IReadOnlyList<TaskGroup> Groups) Find(IReadOnlyList<string> names,
        HarnessFolder harness, Func<string, HarnessTask?>? ofFile = null)
    {
        var tasks = new List<string>();
        var own = new Dictionary<string, HarnessTask>(StringComparer.Ordinal);
        var groups = new List<TaskGroup>();
        foreach (var name in names.SelectMany(FullNames))
        {
            Add(Named(name));
        }

        return ([.. tasks.Select(name => own.GetValueOrDefault(name) ?? Create(name, harness))], groups);

        string Named(string name)
        {
            if (ofFile?.Invoke(name) is not { } task)
            {
                return name;
            }

            return own.TryAdd(task.Name, task) ? task.Name
                : throw new TSpinException(
                $"{name}: a task {task.Name} is named already. Name it once, or give one of them another name (task: in its file).");
        }

        void Add(string name)
        {
            if (Array.Find(AllGroups, group => group.Name == name) is { } known)
            {
                foreach (var member in known.Members)
                {
                    Add(member);
                }

                groups.Add(known);
            }
            else if (tasks.Contains(name))
            {
                throw new TSpinException($"the task {name} is named twice, or belongs to two of the groups named. Name it once.");
            }
            else
            {
                tasks.Add(name);
            }
        }
    }

    /// <summary>Whether a name is taken: by a task, a group or an alias.</summary>
    /// <param name="name">Any name.</param>
    /// <returns>True where it is.</returns>
    public static bool Knows(string name) => Names.Contains(name) || AllGroups.Any(group => group.Name == name)
        || All.Any(entry => entry.Names.Contains(name));

    /// <summary>All tasks below a group.</summary>
    /// <param name="group">The group.</param>
    /// <returns>Their names.</returns>
    public static IReadOnlyList<string> TasksOf(TaskGroup group) =>
        [.. group.Members.SelectMany(member => Array.Find(AllGroups, inner => inner.Name == member) is { } inner ? TasksOf(inner) : [member])];

    private static HarnessTask Create(string name, HarnessFolder harness)
    {
        foreach (var (names, create) in All)
        {
            for (var i = 0; i < names.Count; i++)
            {
                if (names[i] == name)
                {
                    return create(i, harness);
                }
            }
        }

        var meant = NearestName.Find(name, [.. Names, .. All.SelectMany(entry => entry.Names)]);
        throw new TSpinException(
            $"there is no task {Excerpt.Of(name)}{(meant is null ? "" : $" (did you mean {meant}?)")}. It is one of {string.Join(", ", Names)}, or a part of one such as mmlu_astronomy.");
    }
}
