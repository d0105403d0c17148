using TSpin.Files;

namespace TSpin.Checks;

/// <summary>Strict and loose verdicts on responses to IFEval's prompts, found by <c>key</c>.</summary>
internal sealed class InstructionVerdictRecord : IEvaluationRecordKind
{
    public string Name => "verdicts on instructions";

    public IReadOnlyList<string> Fields { get; } = ["key", "response", "strict", "loose"];

    public void Compare(EvaluationCheckRequest request, CheckList list)
    {
        var comparison = new InstructionComparison(request, list);
        var prompts = comparison.Prompts.DistinctBy(prompt => prompt.Key).ToDictionary(prompt => prompt.Key);
        var (matched, unmatched) = (0L, 0L);
        foreach (var (line, row) in JsonLinesReader.ReadNumbered<Row>(request.Record).Take(
            request.Limit ?? int.MaxValue))
        {
            if (!prompts.TryGetValue(row.Key, out var prompt))
            {
                unmatched++;
                continue;
            }

            matched++;
            var verdicts = comparison.Judge(prompt, row.Response);
            var where = $"{request.Record}:{line}";
            comparison.Compare(where, "strict", prompt, row.Response, verdicts.Strict, row.Strict,
                row.DependsOnChance ?? []);
            comparison.Compare(where, "loose", prompt, row.Response, verdicts.Loose, row.Loose,
                row.DependsOnChance ?? []);
        }

        comparison.Close(unmatched, matched);
    }

    private sealed record Row(long Key, string Response, bool[] Strict, bool[] Loose, int[]? DependsOnChance = null);
}
