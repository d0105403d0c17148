using TSpin.Evaluation.InstructionFollowing;
using TSpin.Files;

namespace TSpin.Checks;

/// <summary>
/// A model's responses with the official checker's verdicts, strict or loose by the file's name, found by the prompt's
/// text.
/// </summary>
internal sealed class InstructionResultRecord : IEvaluationRecordKind
{
    private const string Strict = "strict";
    private const string Loose = "loose";

    public string Name => "results on instructions";

    public IReadOnlyList<string> Fields { get; } = ["prompt", "response", "instruction_id_list",
        "follow_instruction_list"];

    public void Compare(EvaluationCheckRequest request, CheckList list)
    {
        var name = Path.GetFileName(request.Record);
        var mode = name.Contains(Loose, StringComparison.OrdinalIgnoreCase) ? Loose
            : name.Contains(Strict, StringComparison.OrdinalIgnoreCase) ? Strict
            : throw new TSpinException($"{request.Record}: the name says neither '{Strict}' nor '{Loose}', so it is not known which verdicts these are. Rename the file.");
        var comparison = new InstructionComparison(request, list);
        var prompts = comparison.Prompts.DistinctBy(prompt => prompt.Prompt).ToDictionary(prompt => prompt.Prompt,
            StringComparer.Ordinal);
        var (matched, unmatched) = (0L, 0L);
        foreach (var (line, row) in JsonLinesReader.ReadNumbered<Row>(request.Record).Take(
            request.Limit ?? int.MaxValue))
        {
            if (!prompts.TryGetValue(row.Prompt, out var prompt)
                || !row.InstructionIdList.Select(InstructionKinds.Find).SequenceEqual(
                prompt.InstructionIds.Select(InstructionKinds.Find)))
            {
                unmatched++;
                continue;
            }

            matched++;
            var verdicts = comparison.Judge(prompt, row.Response);
            comparison.Compare($"{request.Record}:{line}", mode, prompt, row.Response, mode == Strict ? verdicts.Strict
                : verdicts.Loose, row.FollowInstructionList, []);
        }

        comparison.Close(unmatched, matched);
    }

    private sealed record Row(string Prompt, string Response, string[] InstructionIdList, bool[] FollowInstructionList);
}
