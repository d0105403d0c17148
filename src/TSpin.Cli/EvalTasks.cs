using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TSpin.ChatTemplates;
using TSpin.Evaluation.Harness;
using TSpin.Hub;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary><c>tspin eval --tasks</c>: lm-evaluation-harness' tasks, files and table.</summary>
internal static class EvalTasks
{
    private static readonly string[] Headers = ["Tasks", "Version", "Filter", "n-shot", "Metric", "Value", "Stderr"];

    public static int Run(ParseResult result, ModelOptions model, EvalTaskOptions options, string? data, int? batchSize,
        string? output, bool asJson, AnsweringLeader? leader)
    {
        using var interruption = new Interruption();
        var begun = DateTimeOffset.UtcNow;
        var settings = options.Settings(result, model);
        string[] names = [.. result.GetRequiredValue(options.Tasks)!
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        if (names.Length == 0)
        {
            throw new TSpinException(
                $"--tasks names no task. It takes {string.Join(", ", HarnessTasks.Names)}, separated by commas.");
        }

        // Everything that can be wrong is found before the model is loaded.
        HubInputs.TaskRows(names, () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), interruption.Token);
        var (tasks, groups) = HarnessTasks.Find(names, HarnessFolder.Of(
            result.GetValue(options.Harness), data is null || HubReference.IsMarked(data) ? "." : data,
            result.GetValue(options.Langdetect), result.GetValue(options.Punkt)), TaskFile.ReadIfOne);
        if (data is null && tasks.FirstOrDefault(task => task.OwnRows is null) is { } needing)
        {
            throw new TSpinException(
                $"{needing.Name} needs the folder of its dataset: add --data FOLDER, or --data hub: to fetch it. "
                + "Only tasks of your own (YAML files) bring their rows themselves.");
        }

        var path = model.PathOf(result);
        var template = settings.AppliesChatTemplate && ChatTemplate.ExistsIn(path) ? ChatTemplate.Load(path) : null;
        var folder = HubInputs.Datasets(
            "--data", data ?? ".", tasks, settings, () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(),
            interruption.Token);
        var asked = HarnessEvaluation.Ask(tasks, new DatasetFolder(folder), settings, template);
        using var decoder = model.Load(result);
        var tokenizer = Tokenizers.LoadByClass(path);
        var asks = new HarnessModel(
            decoder, tokenizer, template, batchSize, leader?.Generators(decoder, tokenizer),
            processes: leader?.Divide(decoder));
        var outcomes = HarnessEvaluation.Run(asked, asks, EvalDisplay.OnConsole(), interruption.Token);
        var grouped = HarnessEvaluation.Groups(groups, outcomes);
        if (asks.ContextsCut > 0)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{asks.ContextsCut:N0} contexts were cut at the left: the model has {asks.Longest} positions."));
        }

        foreach (var (task, without) in outcomes
            .Select(outcome => (outcome.Task.Name, Rows: WithoutRightChoice(outcome))).Where(task => task.Rows.Length > 0))
        {
            Console.Error.WriteLine(
                $"note: {task}: the right answer of {without.Length} rows is none of their choices, so they count as wrong, "
                + $"as in the harness (the first: {without[0].Place}).");
        }

        if (output is not null)
        {
            var written = HarnessFiles.Write(
                output, result.GetRequiredValue(model.Folder), settings, outcomes, grouped, template?.Origin, begun);
            Console.Error.WriteLine($"wrote {written}, and the samples beside it");
        }

        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(HarnessFiles.Results(settings, outcomes, grouped)));
        }
        else
        {
            TextTable.Show(Headers, ["Value", "Stderr", "n-shot"], Rows(outcomes, grouped));
        }

        return 0;
    }

    private static TaskRow[] WithoutRightChoice(TaskOutcome outcome) =>
        outcome.Task is ChoiceTask task
            ? [.. outcome.Asked.Questions.Select(question => question.Row).Where(row => task.Gold(row) < 0)] : [];

    private static List<string[]> Rows(IReadOnlyList<TaskOutcome> tasks, IReadOnlyList<GroupOutcome> groups) =>
    [
        .. groups.Reverse().SelectMany(group => Rows(group.Group.Name, group.Group.Version, "", group.Metrics)),
        .. tasks.SelectMany(task =>
            Rows(task.Task.Name, task.Task.Version.ToString(CultureInfo.InvariantCulture), $"{task.Asked.Shots}",
            [.. task.Metrics, .. task.AnswerMetrics])),
    ];

    private static IEnumerable<string[]> Rows(
        string name, string version, string shots, IReadOnlyList<MetricOutcome> metrics) => metrics.Select((metric, i) => new[]
    {
        i == 0 ? name : "", i == 0 ? version : "", metric.Filter, i == 0 ? shots : "", metric.Metric,
        Number(metric.Value), metric.StandardError is { } error ? "±" + Number(error) : "N/A",
    });

    private static string Number(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
}
