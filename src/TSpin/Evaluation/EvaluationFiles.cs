using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Evaluation.Tasks;
using TSpin.Files;

namespace TSpin.Evaluation;

/// <summary>
/// Writes and reads the files of an evaluation; the one reader that runs and reports share. Names in them are snake_case; text is UTF-8 and not escaped more than JSON needs. Files of earlier
/// versions, which knew gsm8k alone, are read too.
/// </summary>
public static class EvaluationFiles
{
    /// <summary>File of the scores.</summary>
    public const string ResultFile = "evaluation.json";

    /// <summary>File of the answers, one record per line.</summary>
    public const string AnswersFile = "evaluation-answers.jsonl";

    private static readonly JsonSerializerOptions Compact = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    /// <summary>Writes the scores.</summary>
    /// <param name="path">Where to, usually ending in <see cref="ResultFile"/>.</param>
    /// <param name="result">The scores; every number in it must be finite.</param>
    /// <exception cref="TSpinException">The file cannot be written.</exception>
    public static void WriteResult(string path, CheckpointEvaluation result) => AtomicFile.WriteText(path, ToJson(result, indented: true) + "\n");

    /// <summary>The scores as JSON.</summary>
    /// <param name="result">The scores.</param>
    /// <param name="indented">Over several lines.</param>
    /// <returns>An object.</returns>
    public static string ToJson(CheckpointEvaluation result, bool indented) => JsonSerializer.Serialize(result, indented ? Indented : Compact);

    /// <summary>Reads scores.</summary>
    /// <param name="path">A file of <see cref="WriteResult"/>, of this version or an earlier one.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="TSpinException">The file is missing, damaged, or holds neither a score nor a log-probability.</exception>
    public static CheckpointEvaluation ReadResult(string path)
    {
        var notes = new List<string>();
        if (!File.Exists(path))
        {
            throw new TSpinException($"{path}: could not be read: there is no such file. Evaluate the checkpoint to write it.");
        }

        return TryReadResult(path, notes) is { } read && (read.Main is not null || read.Results.Any(result => result.AnnotatedLogProbPerToken is not null)) ? read
            : throw new TSpinException($"{(notes.Count > 0 ? notes[0] : $"{path} holds no metrics.")} Evaluate the checkpoint again to write it anew.");
    }

    /// <summary>Reads scores, forgivingly.</summary>
    /// <param name="path">The file; a missing one gives null.</param>
    /// <param name="notes">Receives one sentence when it could not be read.</param>
    /// <returns>The scores that could be read, or null.</returns>
    public static CheckpointEvaluation? TryReadResult(string path, ICollection<string> notes) => TolerantJson.ReadObject(path, notes, root =>
        new CheckpointEvaluation(root.TryGetProperty("results", out var results) && results.ValueKind == JsonValueKind.Array
            ? [.. results.EnumerateArray().Where(result => result.ValueKind == JsonValueKind.Object).Select(Result)]
            : [OfEarlierVersion(root)])
        {
            Distance = DistanceIn(root),
        });

    /// <summary>Writes the answers, one line each.</summary>
    /// <param name="path">Where to, usually ending in <see cref="AnswersFile"/>.</param>
    /// <param name="answers">The records.</param>
    /// <exception cref="TSpinException">The file cannot be written.</exception>
    public static void WriteAnswers(string path, IEnumerable<EvaluatedAnswer> answers) => JsonLinesFile.Write(path, answers, Compact);

    /// <summary>Reads the answers of one evaluation; a missing file has none.</summary>
    /// <param name="path">A file of <see cref="WriteAnswers"/>, of this version or an earlier one.</param>
    /// <param name="notes">Receives one sentence when lines could not be read.</param>
    /// <returns>The answers in file order.</returns>
    public static IReadOnlyList<EvaluatedAnswer> ReadAnswers(string path, ICollection<string> notes)
    {
        var answers = new List<EvaluatedAnswer>();
        TolerantJson.ForEach(path, notes, line => answers.Add(new EvaluatedAnswer(
            JsonField.Integer(line, "index") ?? answers.Count,
            JsonField.Text(line, "mode") ?? "greedy",
            JsonField.Text(line, "prompt") ?? "",
            JsonField.Text(line, "reference") ?? "",
            JsonField.Text(line, "answer") ?? "",
            Scores(line),
            JsonField.Flag(line, "ended") ?? true,
            JsonField.Integer(line, "tokens") ?? 0)
        {
            Task = JsonField.Text(line, "task"),
        }));
        return answers;
    }

    private static Dictionary<string, double> Scores(JsonElement line)
    {
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, filter) in new[] { ("strict", Gsm8kTask.Strict), ("flexible", Gsm8kTask.Flexible) })
        {
            if (JsonField.Flag(line, name) is { } right)
            {
                scores[MetricScore.KeyOf(Gsm8kTask.Metric, filter)] = right ? 1 : 0;
            }
        }

        if (JsonField.Child(line, "scores") is { } own)
        {
            foreach (var score in own.EnumerateObject().Where(score => double.IsFinite(JsonField.Number(score.Value))))
            {
                scores[score.Name] = JsonField.Number(score.Value);
            }
        }

        return scores;
    }

    private static ModelDistance? DistanceIn(JsonElement root) => JsonField.Child(root, "distance") is { } own && JsonField.Finite(own, "nats_per_token") is { } nats
        ? new ModelDistance(
            nats, JsonField.Finite(own, "standard_error"), JsonField.Integer(own, "answers") ?? 0, JsonField.Number(own, "mean_tokens"),
            JsonField.Number(own, "cut_share"), JsonField.Number(own, "repeated_share"))
        : null;

    private static EvaluationResult Result(JsonElement root) => new(
        JsonField.Text(root, "task") ?? "",
        JsonField.Integer(root, "examples") ?? 0,
        [.. Array(root, "metrics").Where(metric => JsonField.Finite(metric, "value") is not null).Select(metric => new MetricScore(
            JsonField.Text(metric, "name") ?? "",
            JsonField.Text(metric, "filter") ?? "none",
            JsonField.Text(metric, "mode") ?? "",
            JsonField.Text(metric, "title") ?? JsonField.Text(metric, "name") ?? "",
            JsonField.Number(metric, "value"),
            JsonField.Finite(metric, "standard_error"),
            JsonField.Integer(metric, "examples") ?? 0)
        {
            HigherIsBetter = JsonField.Flag(metric, "higher_is_better") ?? true,
        })],
        [.. Array(root, "answers").Select(answers => Statistics(JsonField.Text(answers, "mode") ?? "", answers))],
        JsonField.Finite(root, "annotated_log_prob_per_token"),
        JsonField.Integer(root, "annotated_tokens") ?? 0,
        JsonField.Number(root, "seconds"),
        JsonField.Integer(root, "prompts_truncated") ?? 0);

    // {"task", "examples", "greedy": {"strict": {"score", "standard_error"}, "flexible", "format_share", ...}, "sampled", "extra": {NAME: as greedy}}
    private static EvaluationResult OfEarlierVersion(JsonElement root)
    {
        var metrics = new List<MetricScore>();
        var answers = new List<AnswerStatistics>();
        foreach (var mode in new[] { "greedy", "sampled" })
        {
            if (JsonField.Child(root, mode) is { } decoding)
            {
                answers.Add(Statistics(mode, decoding));
                Add(decoding, mode, "strict", Gsm8kTask.Strict, $"{mode} strict");
                Add(decoding, mode, "flexible", Gsm8kTask.Flexible, $"{mode} flexible");
            }
        }

        if (JsonField.Child(root, "extra") is { } sets)
        {
            foreach (var set in sets.EnumerateObject().Where(set => set.Value.ValueKind == JsonValueKind.Object))
            {
                _ = Add(set.Value, $"greedy:{set.Name}", "strict", Gsm8kTask.Strict, set.Name) || Add(set.Value, $"greedy:{set.Name}", "flexible", Gsm8kTask.Flexible, set.Name);
            }
        }

        return Result(root) with { Metrics = metrics, Answers = answers };

        bool Add(JsonElement decoding, string mode, string name, string filter, string title)
        {
            if (JsonField.Child(decoding, name) is not { } score || JsonField.Finite(score, "score") is not { } value)
            {
                return false;
            }

            metrics.Add(new MetricScore(Gsm8kTask.Metric, filter, mode, title, value, JsonField.Finite(score, "standard_error"), JsonField.Integer(decoding, "examples") ?? 0));
            return true;
        }
    }

    private static AnswerStatistics Statistics(string mode, JsonElement answers) => new(
        mode, JsonField.Integer(answers, "examples") ?? 0, JsonField.Number(answers, "ended_share"), JsonField.Number(answers, "mean_response_tokens"), JsonField.Finite(answers, "format_share"))
    {
        RepeatedShare = JsonField.Finite(answers, "repeated_share"),
    };

    private static IEnumerable<JsonElement> Array(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];
}
