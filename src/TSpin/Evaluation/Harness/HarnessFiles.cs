using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TSpin.Files;

namespace TSpin.Evaluation.Harness;

/// <summary>The files of lm-evaluation-harness: <c>results_DATE.json</c> and <c>samples_TASK_DATE.jsonl</c>, with its keys, in a folder named for the model.</summary>
public static partial class HarnessFiles
{
    /// <summary>Writes both.</summary>
    /// <param name="folder">Below it lies the folder of the model.</param>
    /// <param name="model">The model as the user named it.</param>
    /// <param name="settings">How the tasks were asked.</param>
    /// <param name="tasks">What came of them.</param>
    /// <param name="groups">What came of their groups.</param>
    /// <param name="template">The chat template's file, where one was applied.</param>
    /// <param name="begun">When the evaluation began.</param>
    /// <returns>The path of the results.</returns>
    /// <exception cref="TSpinException">A file cannot be written.</exception>
    public static string Write(
        string folder, string model, HarnessSettings settings, IReadOnlyList<TaskOutcome> tasks, IReadOnlyList<GroupOutcome> groups, string? template, DateTimeOffset begun)
    {
        var date = DateTime.Now.ToString("yyyy-MM-ddTHH-mm-ss.ffffff", CultureInfo.InvariantCulture);
        var named = NotInNames().Replace(model, "__");
        var own = Path.Combine(folder, named.Trim('_', '.').Length > 0 ? named : "model");
        var hashes = new Dictionary<string, string>();
        foreach (var task in tasks)
        {
            var samples = task.Questions.Select(question => HarnessSample.Of(task.Task, question)).ToArray();
            hashes[task.Task.Name] = Hash(string.Concat(samples.Select(sample => sample.Hashes)));
            AtomicFile.Write(Path.Combine(own, $"samples_{task.Task.Name}_{date}.jsonl"), stream =>
            {
                foreach (var sample in samples)
                {
                    stream.Write(Encoding.UTF8.GetBytes(PythonJsonText.Of(sample.Json) + "\n"));
                }
            });
        }

        var path = Path.Combine(own, $"results_{date}.json");
        AtomicFile.WriteText(path, PythonJsonText.Of(Results(model, own, settings, tasks, groups, hashes, template, begun), indented: true));
        return path;
    }

    /// <summary>Results of tasks and groups as one object.</summary>
    /// <param name="settings">How the tasks were asked.</param>
    /// <param name="tasks">What came of them.</param>
    /// <param name="groups">What came of their groups.</param>
    /// <returns><c>results</c>, <c>groups</c>, <c>group_subtasks</c>, <c>configs</c>, <c>versions</c>, <c>n-shot</c>, <c>higher_is_better</c>, <c>n-samples</c>.</returns>
    public static OrderedDictionary<string, object?> Results(HarnessSettings settings, IReadOnlyList<TaskOutcome> tasks, IReadOnlyList<GroupOutcome> groups)
    {
        var results = new OrderedDictionary<string, object?>
        {
            ["results"] = new OrderedDictionary<string, object>(
                tasks.Select(task => KeyValuePair.Create(task.Task.Name, (object)ResultJson.Fields(task))).Concat(groups.Select(group => KeyValuePair.Create(group.Group.Name, (object)ResultJson.Fields(group))))),
        };
        if (groups.Count > 0)
        {
            results["groups"] = new OrderedDictionary<string, object>(groups.Select(group => KeyValuePair.Create(group.Group.Name, (object)ResultJson.Fields(group))));
        }

        results["group_subtasks"] = groups.ToDictionary(group => group.Group.Name, group => group.Group.Members);
        results["configs"] = Sorted(tasks.Select(task => KeyValuePair.Create(task.Task.Name, (object)TaskConfigJson.Of(task.Asked, settings))));
        results["versions"] = Sorted(tasks.Select(task => KeyValuePair.Create(task.Task.Name, (object)PythonJsonText.Float(task.Task.Version))).Concat(groups.Select(group => KeyValuePair.Create(group.Group.Name, (object)group.Group.Version))));
        var shots = tasks.ToDictionary(task => task.Task.Name, task => (object)task.Asked.Shots);
        foreach (var group in groups)
        {
            object[] own = [.. group.Group.Members.Where(shots.ContainsKey).Select(member => shots[member]).Distinct()];
            if (own is [var same])
            {
                shots[group.Group.Name] = same;
            }
        }

        results["n-shot"] = Sorted(shots);
        var better = tasks.ToDictionary(task => task.Task.Name, task => (object)Better(task));
        foreach (var group in groups)
        {
            var members = HarnessTasks.TasksOf(group.Group);
            better[group.Group.Name] = tasks.Where(task => members.Contains(task.Task.Name))
                .SelectMany(task => task.Task.Metrics).DistinctBy(metric => metric.Name)
                .ToDictionary(metric => metric.Name, metric => metric.HigherIsBetter);
        }

        results["higher_is_better"] = Sorted(better);
        results["n-samples"] = new OrderedDictionary<string, object>(tasks.Select(task => KeyValuePair.Create(
            task.Task.Name, (object)new OrderedDictionary<string, int> { ["original"] = task.Asked.Rows, ["effective"] = task.Asked.Questions.Count })));
        return results;
    }

    /// <summary>As the harness' <c>hash_string</c>.</summary>
    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static JsonElement Results(
        string model, string own, HarnessSettings settings, IReadOnlyList<TaskOutcome> tasks, IReadOnlyList<GroupOutcome> groups, Dictionary<string, string> hashes, string? template, DateTimeOffset begun)
    {
        var all = Results(settings, tasks, groups);
        var ended = DateTimeOffset.UtcNow;
        all["config"] = new OrderedDictionary<string, object?>
        {
            ["model"] = "tspin",
            ["model_args"] = new Dictionary<string, string> { ["pretrained"] = model },
            ["limit"] = settings.Limit,
            ["gen_kwargs"] = settings.MaxTokens is { } most ? new Dictionary<string, int> { ["max_gen_toks"] = most } : null,
            ["random_seed"] = settings.Seed,
            ["fewshot_seed"] = settings.ShotSeed,
        };
        all["git_hash"] = null;
        all["date"] = begun.ToUnixTimeMilliseconds() / 1000.0;
        all["lm_eval_version"] = "0.4.13";
        all["task_hashes"] = hashes;
        all["model_source"] = "tspin";
        all["model_name"] = model;
        all["model_name_sanitized"] = Path.GetFileName(own);
        all["system_instruction"] = settings.System;
        all["system_instruction_sha"] = settings.System is { } system ? Hash(system) : null;
        all["fewshot_as_multiturn"] = settings.AppliesChatTemplate && (settings.ShotsAreTurns ?? true);
        all["chat_template"] = template;
        all["chat_template_sha"] = template is null ? null : Hash(template);
        all["start_time"] = begun.ToUnixTimeMilliseconds() / 1000.0;
        all["end_time"] = ended.ToUnixTimeMilliseconds() / 1000.0;
        all["total_evaluation_time_seconds"] = (ended - begun).TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
        return JsonSerializer.SerializeToElement(all);
    }

    private static Dictionary<string, bool> Better(TaskOutcome task) =>
        task.Task.Metrics.Select(metric => (metric.Name, metric.HigherIsBetter))
        .Concat(task.AnswerMetrics.Select(metric =>
            (Name: metric.Metric, HigherIsBetter: AnswerFigures.HigherIsBetter(metric.Metric))))
        .ToDictionary(metric => metric.Name, metric => metric.HigherIsBetter);

    private static OrderedDictionary<string, object> Sorted(IEnumerable<KeyValuePair<string, object>> entries) => new(entries.OrderBy(entry => entry.Key, StringComparer.Ordinal));

    [GeneratedRegex(@"[""<>:/|\\?*\[\]]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotInNames();
}
