using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.ChatTemplates;
using TSpin.Evaluation.Harness;
using TSpin.Files;

namespace TSpin.Checks;

/// <summary>One run of a record against the same run here.</summary>
internal sealed class HarnessRunCheck(CheckList list, HarnessRecord record, string run, RecordData data, ChatTemplate? template, HarnessModel? model, int? limit)
{
    private const double LogProbAllowed = 5e-3;
    private const double LeadAllowed = 1e-3;
    private const double ResultAllowed = 1e-9;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<string> _parted = [];
    private bool _differs;

    public void Compare()
    {
        var samples = record.Samples.Where(sample => JsonField.Text(sample, "run") == run).ToArray();
        samples = limit is { } most ? Limited(samples, most) : samples;
        var names = samples.Select(sample => JsonField.Text(sample, "task")!).ToHashSet();
        var settings = record.Settings(run);
        var (tasks, groups) = HarnessTasks.Find([JsonField.Text(record.Run(run), "task") ?? throw new TSpinException("its task is not recorded")], data.Harness);
        HarnessTask[] recorded = [.. tasks.Where(task => names.Contains(task.Name))];
        var asked = HarnessEvaluation.Ask(recorded, data.FolderOf(recorded, settings), settings, template);
        if (names.Except(asked.Select(task => task.Task.Name)).FirstOrDefault() is { } foreign)
        {
            throw new TSpinException($"a sample is of the task {foreign}, which is not one of {JsonField.Text(record.Run(run), "task")}");
        }

        var outcomes = asked.Select(task => Compare(task, [.. samples.Where(sample => JsonField.Text(sample, "task") == task.Task.Name)])).ToArray();
        if (_parted.Count > 0)
        {
            list.Skip($"run {run}: {_parted.Count} answers after a place where the two best logits lie within {LeadAllowed}: {string.Join(", ", _parted.Take(5))}");
        }

        if (limit is null)
        {
            Results(outcomes, groups, tasks.Count == asked.Count);
        }
    }

    private static JsonElement[] Limited(JsonElement[] samples, int most)
    {
        var kept = samples.Select(sample => (JsonField.Text(sample, "task"), JsonField.Integer(sample, "doc_id"))).Distinct().Take(most).ToHashSet();
        return [.. samples.Where(sample => kept.Contains((JsonField.Text(sample, "task"), JsonField.Integer(sample, "doc_id"))))];
    }

    private TaskOutcome? Compare(AskedTask task, JsonElement[] samples)
    {
        var numbers = samples.Select(sample => JsonField.Integer(sample, "doc_id")!.Value).Distinct().ToArray();
        var questions = numbers.Select(number => number < task.Questions.Count ? task.Questions[number]
            : throw new TSpinException($"{task.Task.Name}: the record has row {number}, and {task.Questions.Count} rows are asked here")).ToArray();
        foreach (var question in questions)
        {
            Prompts(task, question, samples.First(sample => JsonField.Integer(sample, "doc_id") == question.Number));
        }

        var part = task with { Questions = questions };
        var outcome = Judged(part, [.. questions.Select(question => samples.First(sample => JsonField.Integer(sample, "doc_id") == question.Number))]);
        foreach (var question in outcome.Questions)
        {
            if (Array.Find(samples, sample => JsonField.Integer(sample, "doc_id") == question.Question.Number && JsonField.Text(sample, "filter") == question.Filter) is { ValueKind: JsonValueKind.Object } sample)
            {
                Scores(task, question, sample);
            }
        }

        return questions.Length < task.Questions.Count ? null : outcome;
    }

    private void Prompts(AskedTask task, TaskQuestion question, JsonElement sample)
    {
        var where = Where(task, question);
        Json("documents", where, question.Row.Json, JsonField.Child(sample, "doc"));
        Json("targets", where, task.Task.Target(question.Row).ToJson(), sample.TryGetProperty("target", out var target) ? target : null);
        var arguments = sample.GetProperty("arguments").EnumerateArray().ToArray();
        list.Same("requests", where, $"{(question.Answer is null ? question.Continuations.Count : 1)}", $"{arguments.Length}");
        for (var i = 0; i < Math.Min(arguments.Length, question.Continuations.Count); i++)
        {
            Text("contexts", $"{where}, choice {i}", question.Continuations[i].Context, arguments[i][0].GetString()!);
            Text("continuations", $"{where}, choice {i}", question.Continuations[i].Continuation, arguments[i][1].GetString()!);
        }

        if (question.Answer is { } answer)
        {
            Text("contexts", where, answer.Context, arguments[0][0].GetString()!);
            Json("generation settings", where, JsonSerializer.SerializeToElement(answer.Until), arguments[0][1].GetProperty("until"));
            list.Same("generation settings", where, $"{answer.MaxTokens?.ToString() ?? "default"}", JsonField.Integer(arguments[0][1], "max_gen_toks")?.ToString() ?? "default");
        }
    }

    private TaskOutcome Judged(AskedTask task, JsonElement[] samples)
    {
        if (task.Task is GenerationTask)
        {
            string[] recorded = [.. samples.Select(sample => sample.GetProperty("resps")[0][0].GetString()!)];
            return TaskOutcome.OfAnswers(task, model is null ? recorded : Answers(task, model, recorded));
        }

        ContinuationScore[][] known = [.. samples.Select(sample => sample.GetProperty("resps").EnumerateArray().Select(resp => new ContinuationScore(resp[0][0].GetDouble(), resp[0][1].GetBoolean())).ToArray())];
        if (model is null)
        {
            return TaskOutcome.OfChoices(task, known);
        }

        var outcome = HarnessEvaluation.Run([task], model)[0];
        foreach (var (question, i) in outcome.Questions.Select((question, i) => (question, i)))
        {
            for (var choice = 0; choice < Math.Min(question.Choices.Count, known[i].Length); choice++)
            {
                var where = $"{Where(task, question.Question)}, choice {choice}";
                list.Near("log-probabilities", where, question.Choices[choice].LogProb, known[i][choice].LogProb, LogProbAllowed);
                list.Same("is greedy", where, $"{question.Choices[choice].IsGreedy}", $"{known[i][choice].IsGreedy}");
            }
        }

        return outcome;
    }

    // From where an answer parts at a near tie on, the recorded one is taken: what follows is another answer.
    private string[] Answers(AskedTask task, HarnessModel asked, string[] recorded)
    {
        var written = asked.Write([.. task.Questions.Select(question => question.Answer!)]);
        var texts = written.Select(answer => answer.Text).ToArray();
        for (var i = 0; i < texts.Length; i++)
        {
            var where = Where(task, task.Questions[i]);
            if (texts[i] != recorded[i] && PartsAtTie(asked, task.Questions[i].Answer!, written[i].Tokens, recorded[i]))
            {
                _parted.Add(where);
                texts[i] = recorded[i];
            }
            else
            {
                Text("answers", where, texts[i], recorded[i]);
            }
        }

        return texts;
    }

    private static bool PartsAtTie(HarnessModel asked, AnswerRequest request, int[] tokens, string recorded)
    {
        var same = 0;
        while (same < tokens.Length && recorded.StartsWith(asked.Decode(tokens.AsSpan(0, same + 1)).TrimEnd('\uFFFD'), StringComparison.Ordinal))
        {
            same++;
        }

        return asked.Lead(request, tokens.AsSpan(0, same)) <= LeadAllowed || (same > 0 && asked.Lead(request, tokens.AsSpan(0, same - 1)) <= LeadAllowed);
    }

    private void Scores(AskedTask task, QuestionOutcome question, JsonElement sample)
    {
        var where = $"{Where(task, question.Question)}{(question.Filter == AnswerFilter.None.Name ? "" : $", {question.Filter}")}";
        if (question.Filtered is { } filtered)
        {
            Text("filtered answers", where, filtered, sample.GetProperty("filtered_resps")[0].GetString()!);
        }

        foreach (var metric in sample.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetString()!))
        {
            var recorded = sample.GetProperty(metric);
            if (!question.Scores.TryGetValue(metric, out var score))
            {
                list.Same("metrics", $"{where}, {metric}", "not measured", Shown(recorded));
            }
            else if (recorded.ValueKind == JsonValueKind.Number && recorded.GetDouble() is not (0 or 1))
            {
                // A share of probabilities moves with the log-probabilities.
                list.Near("metrics", $"{where}, {metric}", score.Value, recorded.GetDouble(), model is null ? ResultAllowed : LogProbAllowed);
                _differs |= Math.Abs(score.Value - recorded.GetDouble()) > ResultAllowed;
            }
            else
            {
                var (own, other) = (Values(score.Json), Values(recorded));
                _differs |= own != other;
                list.Same("metrics", $"{where}, {metric}", own, other);
            }
        }
    }

    // 1, 1.0 and true are the same verdict.
    private static string Values(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => string.Join(" ", value.EnumerateArray().Select(Values)),
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Number => $"{value.GetDouble()}",
        _ => Shown(value),
    };

    private void Results(IReadOnlyList<TaskOutcome?> outcomes, IReadOnlyList<TaskGroup> groups, bool hasAllTasks)
    {
        if (_differs)
        {
            list.Skip($"run {run}: results: verdicts of samples differ, or move with the log-probabilities");
            return;
        }

        var recorded = record.Run(run);
        foreach (var outcome in outcomes.OfType<TaskOutcome>())
        {
            Result($"{run}, {outcome.Task.Name}", ResultJson.Of(outcome), Child(recorded, "results", outcome.Task.Name));
            Near("results", $"{run}, {outcome.Task.Name}, version", outcome.Task.Version, Child(recorded, "versions", outcome.Task.Name));
            Near("results", $"{run}, {outcome.Task.Name}, shots", outcome.Asked.Shots, Child(recorded, "n_shot", outcome.Task.Name));
            Near("results", $"{run}, {outcome.Task.Name}, rows", outcome.Asked.Rows, Child(recorded, "n_samples", outcome.Task.Name) is { ValueKind: JsonValueKind.Object } rows && rows.TryGetProperty("original", out var original) ? original : null);
        }

        if (!hasAllTasks || outcomes.Any(outcome => outcome is null))
        {
            return;
        }

        foreach (var group in HarnessEvaluation.Groups(groups, [.. outcomes.OfType<TaskOutcome>()]))
        {
            Result($"{run}, {group.Group.Name}", ResultJson.Of(group), Child(recorded, "groups", group.Group.Name) ?? Child(recorded, "results", group.Group.Name));
        }
    }

    // What is recorded must be here; older records lack some of it.
    private void Result(string where, JsonElement own, JsonElement? recorded)
    {
        if (recorded is null)
        {
            return;
        }

        foreach (var field in recorded.Value.EnumerateObject().Where(field => field.Name is not ("alias" or "sample_count")))
        {
            var place = $"{where}, {field.Name}";
            if (!own.TryGetProperty(field.Name, out var value))
            {
                list.Same("results", place, "nothing", Shown(field.Value));
            }
            else if (value.ValueKind == JsonValueKind.Number && field.Value.ValueKind == JsonValueKind.Number)
            {
                list.Near("results", place, value.GetDouble(), field.Value.GetDouble(), ResultAllowed);
            }
            else
            {
                list.Verdict("results", place, JsonElement.DeepEquals(value, field.Value), Shown(value), Shown(field.Value));
            }
        }
    }

    private void Near(string quantity, string where, double own, JsonElement? recorded)
    {
        if (recorded is { ValueKind: JsonValueKind.Number } number)
        {
            list.Near(quantity, where, own, number.GetDouble(), ResultAllowed);
        }
    }

    private static JsonElement? Child(JsonElement owner, string section, string name) =>
        owner.TryGetProperty(section, out var all) && all.ValueKind == JsonValueKind.Object && all.TryGetProperty(name, out var child) ? child : null;

    private void Json(string quantity, string where, JsonElement own, JsonElement? recorded)
    {
        if (recorded is not { } other)
        {
            list.Verdict(quantity, where, holds: false, Shown(own), "nothing");
        }
        else if (JsonElement.DeepEquals(own, other))
        {
            list.Verdict(quantity, where, holds: true, "", "");
        }
        else
        {
            // Written anew, since files part their fields by spaces or do not.
            var (shown, shownRecorded) = Parting(JsonSerializer.Serialize(own, Plain), JsonSerializer.Serialize(other, Plain));
            list.Verdict(quantity, where, holds: false, shown, shownRecorded);
        }
    }

    private void Text(string quantity, string where, string own, string recorded)
    {
        var (shown, shownRecorded) = own == recorded ? ("", "") : Parting(own, recorded);
        list.Verdict(quantity, where, own == recorded, shown, shownRecorded);
    }

    // Long texts are shown from a little before the place where they part.
    private static (string Own, string Recorded) Parting(string own, string recorded)
    {
        var from = Math.Max(0, own.AsSpan().CommonPrefixLength(recorded) - 20);
        return (Part(own), Part(recorded));

        string Part(string text) => $"{(from > 0 ? $"(from character {from}) " : "")}{JsonSerializer.Serialize(Excerpt.Of(text[Math.Min(from, text.Length)..], 80), Plain)}";
    }

    private static string Shown(JsonElement value) => Excerpt.Of(value.GetRawText(), 200);

    private string Where(AskedTask task, TaskQuestion question) => $"{run}, {task.Task.Name} {question.Number}";
}
