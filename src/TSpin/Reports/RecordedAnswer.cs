namespace TSpin.Reports;

/// <summary>One line of <c>evaluation-answers.jsonl</c>: the answer to one held-out problem and how it was judged.</summary>
/// <param name="Index">Index of the problem.</param>
/// <param name="Mode">How it was decoded: <c>greedy</c> or <c>sampled</c>.</param>
/// <param name="Prompt">The problem.</param>
/// <param name="Reference">The annotated answer.</param>
/// <param name="Answer">The model's answer.</param>
/// <param name="Strict">Right under the strict rule, if judged.</param>
/// <param name="Flexible">Right under the flexible rule, if judged.</param>
/// <param name="Tokens">Length of the answer in tokens, if recorded.</param>
public sealed record RecordedAnswer(
    int Index, string Mode, string Prompt, string Reference, string Answer, bool? Strict, bool? Flexible, int? Tokens)
{
    /// <summary>Whether the answer is right under the rule that was judged, the strict one first.</summary>
    public bool? IsRight => Strict ?? Flexible;

    /// <summary>Reads all answers of one evaluation; a missing file has none.</summary>
    /// <param name="path">An <c>evaluation-answers.jsonl</c>.</param>
    /// <param name="notes">Receives one sentence when lines could not be read.</param>
    /// <returns>The answers in file order.</returns>
    public static IReadOnlyList<RecordedAnswer> Read(string path, ICollection<string> notes)
    {
        var answers = new List<RecordedAnswer>();
        JsonLines.ForEach(path, notes, line => answers.Add(new RecordedAnswer(
            JsonField.Integer(line, "index") ?? answers.Count,
            JsonField.Text(line, "mode") ?? "greedy",
            JsonField.Text(line, "prompt") ?? "",
            JsonField.Text(line, "reference") ?? "",
            JsonField.Text(line, "answer") ?? "",
            JsonField.Flag(line, "strict"),
            JsonField.Flag(line, "flexible"),
            JsonField.Integer(line, "tokens"))));
        return answers;
    }
}
