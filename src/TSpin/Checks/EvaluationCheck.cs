using System.Text.Json;
using TSpin.Files;

namespace TSpin.Checks;

/// <summary>
/// Compares what TSpin's evaluation computes with what another stack recorded. The record's first line tells which kind
/// it is.
/// </summary>
public static class EvaluationCheck
{
    // A row each; nothing else knows what kinds there are.
    private static readonly IEvaluationRecordKind[] Kinds = [new HarnessSampleRecord(), new InstructionVerdictRecord(),
        new InstructionResultRecord(), new MathPairRecord()];

    /// <summary>Runs the comparison that belongs to the record.</summary>
    /// <param name="request">The record and what is needed beside it.</param>
    /// <returns>The report; what cannot be checked is its fault.</returns>
    public static CheckReport Run(EvaluationCheckRequest request)
    {
        var list = new CheckList();
        try
        {
            if (request.Limit is < 1)
            {
                throw new TSpinException($"--limit {request.Limit}: at least 1 is needed.");
            }

            var first = JsonLinesReader.Read<JsonElement>(request.Record).Cast<JsonElement?>().FirstOrDefault()
                ?? throw new TSpinException($"{request.Record}: holds no line. Name a record.");
            var kind = Array.Find(Kinds, kind => first.ValueKind == JsonValueKind.Object
                && kind.Fields.All(field => first.TryGetProperty(field, out _)))
                ?? throw new TSpinException(
                    $"{request.Record}:1: is no record that is known here. Name one whose lines are "
                    + string.Join("; or ", Kinds.Select(kind =>
                        $"{kind.Name} (fields {string.Join(", ", kind.Fields)})")) + ".");
            kind.Compare(request, list);
            return list.Report(request.Record);
        }
        catch (TSpinException error)
        {
            return list.Report(request.Record, error.Message);
        }
    }
}
