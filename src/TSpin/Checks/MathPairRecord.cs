using TSpin.Evaluation.Mathematics;
using TSpin.Files;

namespace TSpin.Checks;

/// <summary>Candidate answers to MATH's problems with what Minerva's rules made of them and the two scores.</summary>
internal sealed class MathPairRecord : IEvaluationRecordKind
{
    private const double AllowedOriginal = 0.03;
    private const double AllowedMatch = 0.05;

    public string Name => "pairs of MATH's answers";

    public IReadOnlyList<string> Fields { get; } = ["candidate", "solution", "answer", "exact_match"];

    public void Compare(EvaluationCheckRequest request, CheckList list)
    {
        var original = new Agreement("exact_match_original", AllowedOriginal);
        var match = new Agreement("exact_match", AllowedMatch);
        foreach (var (line, row) in JsonLinesReader.ReadNumbered<Row>(request.Record).Take(
            request.Limit ?? int.MaxValue))
        {
            var where = $"{request.Record}:{line}, answer {Excerpt.Of(row.Answer)}, candidate {Excerpt.Of(row.Candidate)}";
            var extracted = MinervaAnswer.Extract(row.Candidate);
            var (normalized, reference) = (MinervaAnswer.Normalize(extracted), MinervaAnswer.Normalize(row.Answer));
            Same(list, "extracted", where, extracted, row.Extracted);
            Same(list, "normalized", where, normalized, row.Normalized);
            Same(list, "normalized_answer", where, reference, row.NormalizedAnswer);
            if (row.EqualAsStrings is { } equal)
            {
                list.Same("equal_as_strings", where, $"{MinervaAnswer.AreEqual(normalized, reference)}", $"{equal}");
            }

            Add(original, "exact_match_original", where, MathAnswer.IsOriginalMatch(row.Candidate, row.Answer),
                row.ExactMatchOriginal);
            Add(match, "exact_match", where, MathAnswer.IsMatch(row.Candidate, row.Solution), row.ExactMatch);
        }

        original.Close(list);
        match.Close(list);
    }

    private static void Same(CheckList list, string quantity, string where, string actual, string? recorded)
    {
        if (recorded is not null)
        {
            var place = actual == recorded ? where : $"{where}, character {actual.AsSpan().CommonPrefixLength(recorded)}";
            list.Verdict(quantity, place, actual == recorded, Excerpt.Of(actual), Excerpt.Of(recorded));
        }
    }

    private static void Add(Agreement agreement, string score, string where, bool actual, int? recorded)
    {
        if (recorded is { } known)
        {
            agreement.Add(score, actual == (known != 0), () => $"{where}: {(actual ? 1 : 0)}, recorded {known}");
        }
    }

    private sealed record Row(
        string Candidate, string Solution, string Answer, int? ExactMatch, int? ExactMatchOriginal = null,
            string? Extracted = null, string? Normalized = null, string? NormalizedAnswer = null,
        bool? EqualAsStrings = null);
}
