using System.Text.Json;
using TSpin.Evaluation.Harness;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>Rows of our own making.</summary>
internal static class Rows
{
    public static TaskRow One(string json, string place = "rows.jsonl, row 1") => new(JsonElement.Parse(json), place);

    public static TaskRow[] Of(params string[] json) => [.. json.Select((row, i) => One(row, $"rows.jsonl, row {i + 1}"))];

    /// <summary>The one question that a row makes, without examples.</summary>
    public static TaskQuestion Question(HarnessTask task, string json, HarnessSettings? settings = null) =>
        AskedTask.Of(task, task.Process([One(json)], new TSpin.Randomness.PythonRandom(0)), [], settings ?? new HarnessSettings { Shots = 0 }, null).Questions[0];

    public static ContinuationScore[] Scores(params double[] logProbs) => [.. logProbs.Select(logProb => new ContinuationScore(logProb, false))];
}
