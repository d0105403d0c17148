using System.Globalization;
using TSpin.Evaluation.Harness;
using TSpin.Files;
using TSpin.Randomness;

namespace TSpin.Evaluation.UserTasks;

/// <summary>A task of the user's own whose answer is the likeliest choice.</summary>
/// <param name="settings">As the YAML file states it, with choices and a target.</param>
public sealed class UserChoiceTask(UserTaskSettings settings) : ChoiceTask
{
    private readonly UserTaskBasis _basis = new(settings);
    private readonly RowTemplate[] _choices =
        [.. settings.Choices.Select(choice => RowTemplate.Parse(choice, "doc_to_choice"))];

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
    public override IReadOnlyList<TaskMetric> Metrics { get; } = [TaskMetric.Accuracy, TaskMetric.NormalizedAccuracy];

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
    public override IReadOnlyList<string> Choices(TaskRow row)
    {
        var choices = _choices is [var list] ? list.ListOf(row)
            : [.. _choices.Select(choice => choice.IsName ? choice.Source : choice.Of(row))];
        return choices.Count < 2
            ? throw new TSpinException(
            $"{row.Place}: has {(choices.Count == 0 ? "no choices" : "a single choice")} (doc_to_choice); at least two are needed. Correct the row, or leave it out.")
            : choices.FirstOrDefault(choice => choice.Length == 0) is not null
                ? throw new TSpinException(
                $"{row.Place}: one of its choices (doc_to_choice) is empty, so it cannot be scored. Correct the row, or leave it out.")
            : choices;
    }

    /// <inheritdoc/>
    public override TaskTarget Target(TaskRow row)
    {
        var (choices, text) = (Choices(row), _basis.Target!.Of(row));
        var trimmed = PythonString.Strip(text);
        var number = PythonString.IsDigits(trimmed)
            && int.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out var digits) ? digits
            : (int?)null;
        var at = Enumerable.Range(0, choices.Count).Where(i => choices[i] == text).DefaultIfEmpty(-1).First();
        return settings.TargetIs switch
        {
            ChoiceTarget.Auto when at >= 0 && number < choices.Count && number != at => throw new TSpinException(
                $"{row.Place}: its answer {trimmed} (doc_to_target) is the text of choice {at} and may be the number of another one. Say which is meant: target_is: text, or target_is: number."),
            ChoiceTarget.Auto or ChoiceTarget.Text when at >= 0 => TaskTarget.Of(at),
            ChoiceTarget.Auto or ChoiceTarget.Number when number < choices.Count => TaskTarget.Of(number.Value),
            _ => throw new TSpinException(
                $"{row.Place}: its answer {Excerpt.Of(text, 60)} (doc_to_target) is {Outside(number is not null && settings.TargetIs != ChoiceTarget.Text, choices)}. Correct the row, or doc_to_target."),
        };
    }

    private static string Outside(bool isNumber, IReadOnlyList<string> choices) => isNumber
        ? $"no number of its {choices.Count} choices, which are counted from 0"
        : $"none of its choices ({Excerpt.Of(string.Join(", ", choices), 120)}), nor the number of one";

    private void Check(IReadOnlyList<TaskRow> rows) => UserTaskRows.Check(Name, rows, row =>
    {
        _ = Text(row);
        _ = Target(row);
    });
}
