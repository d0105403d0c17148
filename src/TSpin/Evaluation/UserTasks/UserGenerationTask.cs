using System.Text.Json;
using System.Text.RegularExpressions;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.InstructionFollowing;
using TSpin.Randomness;

namespace TSpin.Evaluation.UserTasks;

/// <summary>
/// A task of the user's own whose answer the model writes, scored by exact match or by a judge of the user's own.
/// </summary>
/// <param name="settings">As the YAML file states it, without choices.</param>
/// <param name="place">The task file, for messages; a judge is run in its folder.</param>
public sealed partial class UserGenerationTask(UserTaskSettings settings, string place) : GenerationTask
{
    private const string NoMatch = "[invalid]";

    private readonly UserTaskBasis _basis = new(settings);
    private readonly RowTemplate? _annotated = settings.Annotated is { } annotated
        ? RowTemplate.Parse(annotated, "doc_to_annotated") : null;

    /// <inheritdoc/>
    public override string Name => settings.Task;

    /// <inheritdoc/>
    public override TaskData Data => _basis.Data;

    /// <inheritdoc/>
    public override double Version => settings.Version;

    /// <inheritdoc/>
    public override int? Shots => settings.Shots;

    /// <inheritdoc/>
    public override bool TakesFirstShots => settings.TakesFirstShots;

    /// <inheritdoc/>
    public override string Description => settings.Description;

    /// <inheritdoc/>
    public override string TargetDelimiter => settings.TargetDelimiter;

    /// <inheritdoc/>
    public override string ShotDelimiter => settings.ShotDelimiter;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Until => settings.Generation.Until;

    /// <inheritdoc/>
    public override int? MaxTokens => settings.Generation.MaxTokens;

    /// <inheritdoc/>
    public override double Temperature => settings.Generation.Temperature;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskMetric> Metrics { get; } =
        [settings.Metric.Command is null ? TaskMetric.ExactMatch
            : new TaskMetric(settings.Metric.Name, HigherIsBetter: settings.Metric.HigherIsBetter)];

    /// <inheritdoc/>
    public override IReadOnlyList<AnswerFilter> Filters { get; } = [FilterOf(settings.Filter)];

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow> OwnRows => _basis.Rows;

    /// <inheritdoc/>
    public override IReadOnlyList<string> OwnFiles => _basis.Files;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow>? OwnShots
    {
        get
        {
            Check(_basis.Shots ?? []);
            return _basis.Shots;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TaskRow> Process(IReadOnlyList<TaskRow> rows, PythonRandom random)
    {
        Check(rows);
        return rows;
    }

    /// <inheritdoc/>
    public override string Text(TaskRow row) => _basis.Text.Of(row);

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row) => TaskTarget.Of(References(row) switch
    {
        [] => "",
        [var only] => only,
        var several => JsonSerializer.Serialize(several),
    });

    /// <inheritdoc/>
    public override (string Question, string Answer) Shot(TaskRow row) =>
        (Text(row), Annotated(row) ?? "");

    /// <inheritdoc/>
    public override string? Annotated(TaskRow row) => _annotated?.Of(row) ?? (References(row) is [var first, ..] ? first : null);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TaskScore> Score(TaskRow row, string answer) =>
        settings.Metric.Command is null
            ? new Dictionary<string, TaskScore> { [Metrics[0].Name] = TaskScore.Of(IsRight(row, answer)) }
            : ScoreAll([(row, answer)])[0];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyDictionary<string, TaskScore>> ScoreAll(
        IReadOnlyList<(TaskRow Row, string Answer)> answers, CancellationToken cancellation = default)
    {
        if (settings.Metric.Command is not { } command)
        {
            return base.ScoreAll(answers, cancellation);
        }

        var judge = new JudgeProcess(command, Path.GetDirectoryName(Path.GetFullPath(place))!,
            TimeSpan.FromSeconds(settings.Metric.TimeoutSeconds), $"{place}: metric.command");
        var scores = judge.Ask(
            [.. answers.Select(answer =>
            new JudgedAnswer(Text(answer.Row), answer.Answer, References(answer.Row) switch
            {
                [] => null,
                [var only] => only,
                var several => several,
            }).ToJson())], cancellation);
        return [.. scores.Select(score =>
            new Dictionary<string, TaskScore> { [Metrics[0].Name] = TaskScore.Of(score) })];
    }

    /// <summary>A pattern as Python reads it.</summary>
    /// <exception cref="TSpinException">It is none.</exception>
    internal static Regex Pattern(string pattern) =>
        PythonRegex.Create(PythonRegex.Translate(pattern, ignoreCase: false));

    private static AnswerFilter FilterOf(UserFilterSettings filter)
    {
        switch (filter.Function)
        {
            case AnswerExtraction.FinalNumber:
                return new AnswerFilter(filter.Name, answer => PythonString.Strip(FinalNumber.Flexible(answer)));
            case AnswerExtraction.Regex:
                var regex = Pattern(filter.Pattern!);
                return new AnswerFilter(filter.Name, answer => Found(regex, filter, answer));
            default:
                return new AnswerFilter(filter.Name, PythonString.Strip);
        }
    }

    // As the harness' RegexFilter: re.findall, one match of it, of several groups the first that is not empty.
    private static string Found(Regex regex, UserFilterSettings filter, string answer)
    {
        try
        {
            var matches = regex.Matches(answer);
            var at = filter.Select < 0 ? matches.Count + filter.Select : filter.Select;
            if (at < 0 || at >= matches.Count)
            {
                return NoMatch;
            }

            var groups = matches[at].Groups;
            return PythonString.Strip(groups.Count == 1 ? groups[0].Value
                : groups.Values.Skip(1).Select(group => group.Value).FirstOrDefault(group => group.Length > 0)
                ?? NoMatch);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new TSpinException(
                $"filter.regex_pattern {Files.Excerpt.Of(filter.Pattern!, 60)} takes too long on the answer {Files.Excerpt.Of(answer, 60)}. Write a pattern without nested repetitions.", error);
        }
    }

    // Without a match it is wrong, whatever the reference says: "invalid" is an answer to some questions.
    private bool IsRight(TaskRow row, string answer) =>
        (settings.Filter.Function != AnswerExtraction.Regex || answer != NoMatch)
        && References(row).Any(reference => Compared(answer) == Compared(Extracted(reference)));

    // The reference of a final number may be a whole worked answer.
    private string Extracted(string reference) => settings.Filter.Function == AnswerExtraction.FinalNumber
        ? FinalNumber.Flexible(reference) : PythonString.Strip(reference);

    private string Compared(string text)
    {
        if (settings.Filter.Function == AnswerExtraction.FinalNumber)
        {
            text = FinalNumber.Bare(text);
        }

        text = settings.Metric.IgnoresPunctuation ? Punctuation().Replace(text, "") : text;
        return settings.Metric.IgnoresCase ? text.ToLowerInvariant() : text;
    }

    private IReadOnlyList<string> References(TaskRow row) => _basis.Target?.AlternativesOf(row) ?? [];

    private void Check(IReadOnlyList<TaskRow> rows) => UserTaskRows.Check(Name, rows, row =>
    {
        _ = Text(row);
        _ = _annotated?.Of(row);
        foreach (var reference in settings.Metric.Command is null ? References(row) : [])
        {
            if (PythonString.Strip(reference).Length == 0)
            {
                throw new TSpinException(
                    $"{row.Place}: its right answer (doc_to_target) is empty, so that every empty answer would be right. Correct the row, or leave it out.");
            }

            if (settings.Filter.Function == AnswerExtraction.FinalNumber && FinalNumber.Flexible(reference) == FinalNumber.Invalid)
            {
                throw new TSpinException(
                    $"{row.Place}: its right answer {Files.Excerpt.Of(reference, 60)} (doc_to_target) holds no number, and filter.function is final_number. Correct the row, or use another filter.");
            }
        }
    });

    [GeneratedRegex(@"[!-/:-@\[-`{-~]", RegexOptions.CultureInvariant)]
    private static partial Regex Punctuation();
}
