namespace TSpin.Data.Audit;

/// <summary>Examples that stand in test data: the same prompt, or 13 words in a row (<see cref="TextOverlap"/>).</summary>
internal static class TestOverlaps
{
    public static IEnumerable<DataFinding> Find(AuditedRow[] rows, IReadOnlyList<(string Name, IReadOnlyList<TestText> Texts)> tests)
    {
        var prompts = new Dictionary<string, (string Name, TestText Text)>(StringComparer.Ordinal);
        var runs = new Dictionary<ulong, (string Name, TestText Text)>();
        foreach (var (name, texts) in tests)
        {
            foreach (var text in texts)
            {
                prompts.TryAdd(ExampleOverlap.Normalize(text.Prompt), (name, text));
                foreach (var run in RunsOf(text.Text))
                {
                    runs.TryAdd(run, (name, text));
                }
            }
        }

        if (prompts.Count == 0)
        {
            return [];
        }

        var found = new DataFinding?[rows.Length];
        Parallel.For(0, rows.Length, i => found[i] = Of(rows[i].Example));
        return found.OfType<DataFinding>();

        DataFinding? Of(AnnotatedExample example)
        {
            if (prompts.TryGetValue(ExampleOverlap.Normalize(example.Prompt), out var same))
            {
                return Make(FindingSeverity.Error, example, $"the prompt is one of {same.Name}", same.Text);
            }

            foreach (var run in RunsOf($"{example.Prompt} {example.Response}"))
            {
                if (runs.TryGetValue(run, out var shared))
                {
                    return Make(FindingSeverity.Warning, example, $"shares {TextOverlap.Words} words in a row with {shared.Name}", shared.Text);
                }
            }

            return null;
        }
    }

    private static DataFinding Make(FindingSeverity severity, AnnotatedExample example, string reason, TestText other) =>
        DataFinding.Of(FindingKind.TestOverlap, severity, example, reason) with { OtherFile = other.File, OtherLine = other.Line };

    private static ulong[] RunsOf(string text) =>
        WordHashes.Of(text) is { Length: >= TextOverlap.Words } words ? WordHashes.Runs(words, TextOverlap.Words) : [];
}
