using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TSpin.Evaluation.Harness;
using TSpin.Files;

namespace TSpin.Evaluation.Comparison;

/// <summary>
/// Reads <c>samples_TASK_DATE.jsonl</c> and the <c>results_DATE.json</c> beside it, TSpin's or lm-evaluation-harness'
/// own.
/// </summary>
internal static partial class SampleFile
{
    /// <summary>The task and the date in a file's name; null where it is no such file.</summary>
    public static (string Task, string Date)? NameOf(string path) =>
        Name().Match(Path.GetFileName(path)) is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value)
            : null;

    /// <summary>Reads a file.</summary>
    /// <exception cref="TSpinException">It is damaged, or holds no sample.</exception>
    public static ComparedTask Read(string path)
    {
        var (task, date) = NameOf(path)!.Value;
        var rows = new Dictionary<int, ComparedRow>();
        var filters = new HashSet<(int, string)>();
        var writes = false;
        foreach (var (line, sample) in JsonLinesReader.ReadNumbered<JsonElement>(path))
        {
            try
            {
                var row = Row(sample, out var isWritten);
                writes |= isWritten;
                if (!filters.Add((row.Number, JsonField.Text(sample, "filter") ?? "")))
                {
                    throw new TSpinException(
                        $"{path}:{line}: the row {row.Number} is there twice under the same filter. Evaluate again into another folder.");
                }

                rows[row.Number] = !rows.TryGetValue(row.Number, out var known) ? row
                    : known with
                    {
                        Scores =
                        known.Scores.Concat(row.Scores.Where(score => !known.Scores.ContainsKey(score.Key)))
                        .ToDictionary(score => score.Key, score => score.Value)
                    };
            }
            catch (Exception error) when (
                error is KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
            {
                throw new TSpinException(
                    $"{path}:{line}: is no sample as lm-evaluation-harness 0.4.13 writes it: {error.Message} Evaluate again with --out (lm_eval: --log_samples).", error);
            }
        }

        return rows.Count > 0
            ? new ComparedTask(task, writes, rows,
            Better(Path.Combine(Path.GetDirectoryName(path)!, $"results_{date}.json"), task))
            : throw new TSpinException($"{path}: holds no samples. Evaluate again.");
    }

    private static ComparedRow Row(JsonElement sample, out bool isWritten)
    {
        var requests = Requests(sample.GetProperty("arguments"));
        var responses = sample.GetProperty("resps");
        isWritten = responses[0][0].ValueKind == JsonValueKind.String;
        string answer;
        string? normalized = null;
        if (isWritten)
        {
            answer = responses[0][0].GetString()!;
        }
        else
        {
            double[] logProbs = [.. responses.EnumerateArray().Select(choice => Number(choice[0][0]))];
            string[] choices =
                [.. requests.Select(request => requests.Select(other => other.Continuation).Distinct().Count() > 1
                ? request.Continuation : request.Context)];
            answer = choices[Likeliest(logProbs)];
            normalized = choices[
                Likeliest([.. logProbs.Select((logProb, i) =>
                logProb / Math.Max(1, PythonString.Length(choices[i].TrimStart())))])];
        }

        return new ComparedRow(
            JsonField.Integer(sample, "doc_id")
                ?? throw new FormatException("it has no doc_id."), JsonField.Text(sample, "doc_hash"),
                requests[0].Context,
            JsonField.Display(sample.GetProperty("target")), answer, Scores(sample))
        {
            NormalizedAnswer = normalized,
        };
    }

    private static Dictionary<string, ComparedScore> Scores(JsonElement sample)
    {
        var filter = JsonField.Text(sample, "filter") ?? AnswerFilter.None.Name;
        var scores = new Dictionary<string, ComparedScore>(StringComparer.Ordinal);
        foreach (var metric in sample.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetString()!))
        {
            if (sample.TryGetProperty(metric, out var value) && ScoreOf(value) is { } score)
            {
                scores[MetricScore.KeyOf(metric, filter)] = score;
            }
        }

        // What TSpin says of every answer, the same under each filter.
        foreach (var metric in (string[])[AnswerFigures.TokensMetric, AnswerFigures.CutMetric,
            AnswerFigures.RepeatedMetric])
        {
            if (sample.TryGetProperty(metric, out var value) && ScoreOf(value) is { } score)
            {
                scores.TryAdd(MetricScore.KeyOf(metric, AnswerFilter.None.Name), score);
            }
        }

        if (JsonField.Finite(sample, AnswerFigures.AnnotatedField) is { } logProb
            && JsonField.Integer(sample, AnswerFigures.AnnotatedTokensField) is > 0 and var tokens)
        {
            scores[MetricScore.KeyOf(AnswerFigures.AnnotatedMetric, AnswerFilter.None.Name)] =
                new ComparedScore(logProb / tokens, tokens);
        }

        return scores;
    }

    private static ComparedScore? ScoreOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => new ComparedScore(1),
        JsonValueKind.False => new ComparedScore(0),
        JsonValueKind.Number => new ComparedScore(value.GetDouble()),
        JsonValueKind.Array when value.GetArrayLength() > 0 && value.EnumerateArray()
            .All(part => part.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number) =>
            new ComparedScore(value.EnumerateArray().Average(part => ScoreOf(part)!.Value), value.GetArrayLength()),
        _ => null,
    };

    // An object gen_args_0, gen_args_1; in older files a list of pairs.
    private static (string Context, string Continuation)[] Requests(JsonElement arguments) =>
        arguments.ValueKind == JsonValueKind.Object
        ? [.. arguments.EnumerateObject()
            .Select(request => (JsonField.Text(request.Value, "arg_0") ?? "", JsonField.Text(request.Value, "arg_1")
            ?? ""))]
        : [.. arguments.EnumerateArray()
            .Select(request => (JsonField.Display(request[0]), JsonField.Display(request[1])))];

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : double.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static int Likeliest(double[] values) => Array.IndexOf(values, values.Max());

    // What is missing or damaged there is passed over: a larger value is then a better one.
    private static Dictionary<string, bool> Better(string results, string task)
    {
        var better = TolerantJson.ReadObject<Dictionary<string, bool>>(results, [], root =>
            root.TryGetProperty("higher_is_better", out var all) && all.ValueKind == JsonValueKind.Object
                && all.TryGetProperty(task, out var own) && own.ValueKind == JsonValueKind.Object
                ? own.EnumerateObject()
                    .Where(metric => metric.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
                    .ToDictionary(metric => metric.Name, metric => metric.Value.GetBoolean()) : []);
        return better ?? [];
    }

    [GeneratedRegex(@"^samples_(.+)_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d[.\d]*)\.jsonl$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
