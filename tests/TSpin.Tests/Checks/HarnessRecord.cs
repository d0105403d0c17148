namespace TSpin.Tests.Checks;

/// <summary>A record of lm-evaluation-harness of our own: two rows of ARC with one example each.</summary>
internal static class HarnessRecord
{
    /// <summary>Writes samples, results beside them, and the data.</summary>
    /// <param name="path">Of the samples: NAME.jsonl; the results are NAME.results.json.</param>
    /// <param name="samples">Changes the samples.</param>
    /// <param name="results">Changes the results.</param>
    public static void Write(string path, Func<string, string>? samples = null, Func<string, string>? results = null)
    {
        var data = Path.Combine(Path.GetDirectoryName(path)!, "data", "allenai", "ai2_arc", "ARC-Easy");
        Directory.CreateDirectory(data);
        File.WriteAllText(Path.Combine(data, "test.jsonl"), Doc("q0", "B") + "\n" + Doc("q1", "A") + "\n");
        File.WriteAllText(Path.Combine(data, "train.jsonl"), Doc("t0", "A") + "\n" + Doc("t1", "A") + "\n");
        // random.Random(1234).sample of two rows takes the second, then the first (Python 3.11).
        var record = """
            {"record": "lm-evaluation-harness", "version": "0.4.13", "model": "own", "dtype": "float32", "data": "data"}

            """ + Sample(0, "q0", "B", "t1", 1, "-3.0", "-1.0", "1.0") + Sample(1, "q1", "A", "t0", 0, "-3.0", "-1.0", "0.0");
        File.WriteAllText(path, samples is null ? record : samples(record));
        const string found = """
            {"own": {"task": "arc_easy", "arguments": {"num_fewshot": 1}, "gen_kwargs": null,
              "results": {"arc_easy": {"name": "arc_easy", "alias": "arc_easy", "sample_len": 2, "acc,none": 0.5, "acc_stderr,none": 0.5, "acc_norm,none": 0.5, "acc_norm_stderr,none": 0.5}},
              "groups": null, "n_shot": {"arc_easy": 1}, "versions": {"arc_easy": 1.0}, "n_samples": {"arc_easy": {"original": 2, "effective": 2}}}}
            """;
        File.WriteAllText(Path.ChangeExtension(path, ".results.json"), results is null ? found : results(found));
    }

    private static string Sample(int number, string question, string key, string shot, int target, string first, string second, string right)
    {
        var context = $"Question: {shot}\\nAnswer: no\\n\\nQuestion: {question}\\nAnswer:";
        return $$"""
            {"run": "own", "task": "arc_easy", "doc_id": {{number}}, "doc": {{Doc(question, key)}}, "target": {{target}}, "arguments": [["{{context}}", " no"], ["{{context}}", " yes"]], "resps": [[[{{first}}, false]], [[{{second}}, true]]], "filtered_resps": [[{{first}}, false], [{{second}}, true]], "filter": "none", "metrics": ["acc", "acc_norm"], "acc": {{right}}, "acc_norm": {{right}}}

            """;
    }

    public static string Doc(string question, string key) => $$"""{"question": "{{question}}", "choices": {"text": ["no", "yes"], "label": ["A", "B"]}, "answerKey": "{{key}}"}""";
}
