using TSpin.ChatTemplates.Jinja;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.UserTasks;
using TSpin.Files;
using TSpin.Hub;
using TSpin.Recipes.Binding;

namespace TSpin.Recipes;

/// <summary>
/// Tasks of the user's own: a YAML file with rows, templates and a metric, in lm-evaluation-harness' words where it has
/// them. It reads as recipes do: all faults at once, <c>extends</c>,
/// relative paths from the file's folder.
/// </summary>
public static class TaskFile
{
    private const string Rows = "JSONL, JSON, CSV, Parquet or Arrow file, or folder or pattern of them";
    private const string Judged = "metric.command";

    // Before the tables that use it.
    private static readonly (string Word, AnswerExtraction Value)[] Words =
        [("none", AnswerExtraction.Whole), ("final_number", AnswerExtraction.FinalNumber),
        ("regex", AnswerExtraction.Regex)];

    private static readonly RecipeFormat<UserTaskSettings> Format =
        new(Keys(), Check, "task file", "docs/evaluation-tasks.md");

    /// <summary>Every key, sections before their keys.</summary>
    public static IReadOnlyList<SchemaEntry> Schema => Format.Schema;

    /// <summary>Whether a name in <c>--tasks</c> or a recipe is such a file.</summary>
    /// <param name="name">As the user wrote it.</param>
    /// <returns>True where it ends in .yaml or .yml.</returns>
    public static bool IsOne(string name) =>
        Path.GetExtension(name) is { } extension
            && (extension.Equals(".yaml", StringComparison.OrdinalIgnoreCase)
            || extension.Equals(".yml", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a task. Its rows are read when it is asked.</summary>
    /// <param name="path">The YAML file.</param>
    /// <returns>A <see cref="UserChoiceTask"/> or a <see cref="UserGenerationTask"/>.</returns>
    /// <exception cref="RecipeException">Anything is wrong with the file; all faults are in it.</exception>
    public static HarnessTask Read(string path)
    {
        var settings = Format.Read(path, []);
        settings = settings with
        {
            Task = NameOf(path, settings),
            Filter = settings.Filter with
            {
                Name = settings.Filter.Name.Length > 0 ? settings.Filter.Name
                : Words.First(word => word.Value == settings.Filter.Function).Word
            },
        };
        if (NameFault(settings.Task) is { } fault)
        {
            throw new RecipeException(
                [new RecipeFault(path, 1, 1, "task",
                $"{fault} (the file's own name is taken where the key is left out)")], "task file");
        }

        return settings.Choices.Count > 0 ? new UserChoiceTask(settings) : new UserGenerationTask(settings, path);
    }

    /// <summary>Reads a task where a name is such a file.</summary>
    /// <param name="name">As the user wrote it.</param>
    /// <returns>The task; null for other names.</returns>
    /// <exception cref="RecipeException">As for <see cref="Read"/>.</exception>
    public static HarnessTask? ReadIfOne(string name) => IsOne(name) ? Read(name) : null;

    /// <summary>What a task's rows are on a hub, where a name is such a file.</summary>
    /// <param name="name">As the user wrote it.</param>
    /// <returns>The key of the file, the name on the hub and the split where that names none; nothing for other names.</returns>
    /// <exception cref="RecipeException">As for <see cref="Read"/>.</exception>
    public static IReadOnlyList<(string Key, string Name, HubSplit Split)> HubNamesOf(string name)
    {
        if (!IsOne(name))
        {
            return [];
        }

        var settings = Format.Read(name, []);
        return [.. settings.Data.Select(path => (Key: "data", Name: path, Split: HubSplit.HeldOut))
            .Concat(settings.ShotData.Select(path => (Key: "fewshot_data", Name: path, Split: HubSplit.Training)))
            .Where(file => HubReference.IsMarked(file.Name))];
    }

    private static string NameOf(string path, UserTaskSettings settings) => settings.Task.Length > 0 ? settings.Task
        : Path.GetFileNameWithoutExtension(path);

    private static Section<UserTaskSettings> Keys()
    {
        var files = Kinds.ListOf(Kinds.PathOrHubName(Rows), 1, 1000);
        var anyText = Kinds.Text("text", _ => null);
        return new Section<UserTaskSettings>("A task of the user's own.")
            .Field("task", Kinds.Text("a-z, A-Z, 0-9, _ - .", text => text.Length == 0 ? null : NameFault(text)),
                r => r.Task, (r, v) => r with { Task = v },
                "The task's name; empty: the file's.")
            .Field("version", Kinds.Number("[0, 1000000]"), r => r.Version, (r, v) => r with { Version = v },
                "The task's version, as results give it.")
            .Required("data", files, r => r.Data, (r, v) => r with { Data = v },
                "The rows that are asked: a file, a folder of files, a pattern, hub:org/name:file, or a list of these. "
                + "Of a dataset on a hub without a file: its test split, else its validation split.")
            .Required("doc_to_text", Template("doc_to_text"), r => r.Text, (r, v) => r with { Text = v },
                "The question: a Jinja template over a row's columns, or the name of a column.")
            .Field("doc_to_target", Optional("doc_to_target"), r => r.Target, (r, v) => r with { Target = v },
                "The right answer, likewise; with choices a choice's text or number, from 0. null: none, for a judge alone.")
            .Field("target_is",
                Kinds.Word(("auto", ChoiceTarget.Auto), ("number", ChoiceTarget.Number), ("text", ChoiceTarget.Text)),
                r => r.TargetIs, (r, v) => r with { TargetIs = v },
                "With choices: whether doc_to_target is a choice's number or its text; `auto` refuses what could be both.")
            .Field("doc_to_choice", Kinds.ListOf(Template("doc_to_choice"), 2, 1000), r => r.Choices,
                (r, v) => r with { Choices = v },
                "The choices: the column that holds their list, a template that writes one, or a list of texts or templates. Left out: the model writes its answer.")
            .Field("doc_to_annotated", Optional("doc_to_annotated"), r => r.Annotated,
                (r, v) => r with { Annotated = v },
                "The whole annotated answer, which examples show and whose log-probability is measured. null: doc_to_target.")
            .Field("description", anyText, r => r.Description, (r, v) => r with { Description = v },
                "What stands before everything.")
            .Field("target_delimiter", anyText, r => r.TargetDelimiter, (r, v) => r with { TargetDelimiter = v },
                "Between a question and its answer.")
            .Field("fewshot_delimiter", anyText, r => r.ShotDelimiter, (r, v) => r with { ShotDelimiter = v },
                "Between examples.")
            .Field("num_fewshot", Kinds.Optional(Kinds.Integer("[0, 1000]")), r => r.Shots,
                (r, v) => r with { Shots = v },
                "Examples before each question; a stated 0 cannot be overridden. null: none unless --num-fewshot says so.")
            .Field("fewshot_data", Kinds.ListOf(Kinds.PathOrHubName(Rows), 0, 1000), r => r.ShotData,
                (r, v) => r with { ShotData = v },
                "The rows that examples are drawn from, named likewise; of a dataset on a hub without a file its train "
                + "split. Left out: those that are asked, without the question itself.")
            .Field("fewshot_sampler", Kinds.Word(("default", false), ("first_n", true)), r => r.TakesFirstShots,
                (r, v) => r with { TakesFirstShots = v },
                "Whether examples are drawn anew for every question or are always the first ones.")
            .Group("generation_kwargs", Generation(), r => r.Generation, (r, v) => r with { Generation = v })
            .Group("filter", Filter(), r => r.Filter, (r, v) => r with { Filter = v })
            .Group("metric", Metric(), r => r.Metric, (r, v) => r with { Metric = v });
    }

    private static Section<UserGenerationSettings> Generation() =>
        new Section<UserGenerationSettings>("How answers are written.")
        .Field("until",
            Kinds.ListOf(Kinds.Text("1 to 200 characters", text => text.Length is >= 1 and <= 200 ? null
            : $"{YamlText.Show(text, quoted: true)} is no stop text; use 1 to 200 characters"), 0, 16),
            r => r.Until, (r, v) => r with { Until = v },
            "Texts that end an answer, besides the model's own end.")
        .Field("max_gen_toks", Kinds.Integer("[1, 1000000]"), r => r.MaxTokens, (r, v) => r with { MaxTokens = v },
            "Longest answer, in tokens.")
        .Field("temperature", Kinds.Number("[0, 10]"), r => r.Temperature, (r, v) => r with { Temperature = v },
            "0 takes the likeliest token each; above, answers are drawn, with the same random numbers at every evaluation.");

    private static Section<UserFilterSettings> Filter() =>
        new Section<UserFilterSettings>("What is taken out of an answer before it is scored.")
        .Field("name", Kinds.Text("a-z, A-Z, 0-9, _ - .", text => text.Length == 0 ? null : WordFault(text)),
            r => r.Name, (r, v) => r with { Name = v },
            "The filter's name in results; empty: the word of its function.")
        .Field("function", Kinds.Word(Words), r => r.Function, (r, v) => r with { Function = v },
            "`none` takes the whole text without white space at its ends, `final_number` the last number (of the reference too, compared as gsm8k's), `regex` what regex_pattern finds.")
        .Field("regex_pattern", Kinds.Optional(Kinds.Text("a regular expression as Python's", PatternFault)),
            r => r.Pattern, (r, v) => r with { Pattern = v },
            "The pattern of `regex`; where it has groups, the first that is not empty counts.")
        .Field("group_select", Kinds.Integer("[-1000, 1000]"), r => r.Select, (r, v) => r with { Select = v },
            "Which match of the pattern counts: 0 the first, -1 the last.");

    private static Section<UserMetricSettings> Metric() =>
        new Section<UserMetricSettings>("How answers are scored: exact_match, or a judge.")
        .Field("ignore_case", Kinds.Flag(), r => r.IgnoresCase, (r, v) => r with { IgnoresCase = v },
            "Whether exact_match takes upper and lower case for the same.")
        .Field("ignore_punctuation", Kinds.Flag(), r => r.IgnoresPunctuation,
            (r, v) => r with { IgnoresPunctuation = v },
            "Whether exact_match leaves out ASCII punctuation.")
        .Field("command",
            Kinds.Optional(Kinds.Text("a command for sh", text => string.IsNullOrWhiteSpace(text)
            || text.Contains('\0', StringComparison.Ordinal)
            ? "no command; write for example ./judge, or python3 judge.py" : null)),
            r => r.Command, (r, v) => r with { Command = v },
            "A judge, run once in this file's folder: a line {\"prompt\", \"answer\", \"reference\"} for each answer on its standard input, a number a line on its standard output. null: exact_match.")
        .Field("timeout", Kinds.Number("(0, 1000000]"), r => r.TimeoutSeconds, (r, v) => r with { TimeoutSeconds = v },
            "How long the judge may take for all answers, in seconds.")
        .Field("name", Kinds.Text("a-z, A-Z, 0-9, _ - .", WordFault), r => r.Name, (r, v) => r with { Name = v },
            "What the judge's score is called.")
        .Field("higher_is_better", Kinds.Flag(), r => r.HigherIsBetter, (r, v) => r with { HigherIsBetter = v },
            "Whether a larger score of the judge is a better one.");

    private static ValueKind<string> Template(string field) =>
        Kinds.Text("a Jinja template, or a column's name", text => TemplateFault(text, field));

    private static ValueKind<string?> Optional(string field) => Kinds.Optional(Template(field));

    private static string? TemplateFault(string text, string field)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return "says nothing; write a template such as \"{{question}}\", or a column's name";
        }

        try
        {
            _ = RowTemplate.Parse(text, field);
            return null;
        }
        catch (JinjaException error)
        {
            return $"{YamlText.Show(text)} is no Jinja template: {error.Detail} (line {error.Line}, column {error.Column} of it); correct it there";
        }
    }

    private static string? PatternFault(string pattern)
    {
        try
        {
            _ = UserGenerationTask.Pattern(pattern);
            return null;
        }
        catch (TSpinException error)
        {
            return $"{error.InnerException?.Message ?? error.Message} Correct the pattern";
        }
    }

    private static string? NameFault(string name) => WordFault(name) ?? (HarnessTasks.Knows(name)
        ? $"{YamlText.Show(name)} is a task of lm-evaluation-harness, and numbers of another task by that name would mislead; use a name of your own" : null);

    private static string? WordFault(string name) => name.Length is >= 1 and <= 100
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') && name.Any(char.IsAsciiLetterOrDigit)
        ? null : $"{YamlText.Show(name, quoted: true)} is no name; use 1 to 100 of a-z A-Z 0-9 _ - .";

    private static void Check(UserTaskSettings task, FaultList faults)
    {
        var (chooses, judged, usual) = (task.Choices.Count > 0, task.Metric.Command is not null,
            new UserTaskSettings());
        faults.Require(task.Target is not null || (judged && !chooses), ["doc_to_target", "doc_to_choice", Judged],
            $"missing; {(chooses ? "choices need to know the right one" : "exact_match compares with it")}: add \"doc_to_target: ...\"{(chooses ? "" : ", or a judge as metric.command")}");
        faults.Require(chooses || task.TargetIs == ChoiceTarget.Auto, ["target_is", "doc_to_choice"],
            "means something with doc_to_choice only; remove it, or add choices");
        faults.Require(!chooses || task.Generation == usual.Generation,
            ["generation_kwargs.max_gen_toks", "generation_kwargs.until", "generation_kwargs.temperature", "doc_to_choice"],
            "a task with choices writes no answers; remove generation_kwargs, or doc_to_choice");
        faults.Require(!chooses || task.Filter == usual.Filter,
            ["filter.function", "filter.regex_pattern", "filter.group_select", "filter.name", "doc_to_choice"],
            "a task with choices has no answers to filter; remove filter, or doc_to_choice");
        faults.Require(!chooses || task.Metric == usual.Metric,
            [Judged, "metric.ignore_case", "metric.ignore_punctuation", "metric.timeout", "metric.name",
            "metric.higher_is_better", "doc_to_choice"],
            "a task with choices has acc and acc_norm; remove metric, or doc_to_choice");
        faults.Require(!chooses || task.Annotated is null, ["doc_to_annotated", "doc_to_choice"],
            "a task with choices has no annotated answer beside them; remove it, or doc_to_choice");
        faults.Require(task.Filter.Function != AnswerExtraction.Regex || task.Filter.Pattern is not null,
            ["filter.regex_pattern", "filter.function"],
            "missing; filter.function: regex needs a pattern, for example '#### (-?[0-9.,]+)'");
        faults.Require(task.Filter.Function == AnswerExtraction.Regex
            || (task.Filter.Pattern is null && task.Filter.Select == 0),
            ["filter.regex_pattern", "filter.group_select", "filter.function"],
            "belongs to filter.function: regex; add that, or remove it");
        faults.Require(!judged || task.Metric is { IgnoresCase: false, IgnoresPunctuation: false },
            ["metric.ignore_case", "metric.ignore_punctuation", Judged],
            "belongs to exact_match, and metric.command scores here; remove one of them");
        faults.Require(judged
            || (task.Metric.TimeoutSeconds == usual.Metric.TimeoutSeconds && task.Metric.Name == usual.Metric.Name
            && task.Metric.HigherIsBetter), ["metric.timeout", "metric.name", "metric.higher_is_better", Judged],
            "belongs to a judge, and there is none; add metric.command, or remove it");
        faults.Require(!judged || task.Metric.Name != TaskMetric.ExactMatch.Name, ["metric.name", Judged],
            "exact_match is another metric's name; use one of your own for the judge's");
        foreach (var (key, path) in task.Data.Select(path => ("data", path))
            .Concat(task.ShotData.Select(path => ("fewshot_data", path))))
        {
            faults.Require(HubReference.IsMarked(path) || Path.Exists(path) || path.AsSpan().ContainsAny('*', '?'), [key],
                $"{path}: there is no such file or folder; a relative path starts from this file's folder");
        }
    }
}
