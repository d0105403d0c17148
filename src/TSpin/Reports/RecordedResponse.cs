using System.Text.Json;
using TSpin.Files;

namespace TSpin.Reports;

/// <summary>One line of <c>responses.jsonl</c>: what the model answered.</summary>
/// <param name="Index">Index of the training example.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Text">The response.</param>
/// <param name="Tokens">Length of the response in tokens, if recorded.</param>
/// <param name="LogProb">Log-probability under the policy that wrote it, nats; NaN when not recorded.</param>
/// <param name="FinishReason">Why it ended: <c>eos</c>, <c>stop</c> or <c>length</c>; empty when not recorded.</param>
public sealed record RecordedResponse(long Index, string Prompt, string Text, int? Tokens, double LogProb, string FinishReason)
{
    /// <summary>Reads the responses to the wanted examples; the last line of an index counts.</summary>
    internal static Dictionary<long, RecordedResponse> Read(string path, IReadOnlySet<long> wanted, ICollection<string> notes)
    {
        var responses = new Dictionary<long, RecordedResponse>();
        TolerantJson.ForEach(
            path,
            notes,
            line =>
            {
                if (JsonField.Integer(line, "index") is { } index && wanted.Contains(index))
                {
                    responses[index] = From(index, line);
                }
            },
            wanted.Contains);
        return responses;
    }

    /// <summary>Reads one line.</summary>
    internal static RecordedResponse From(long index, JsonElement line)
    {
        int? tokens = line.TryGetProperty("tokens", out var ids) && ids.ValueKind == JsonValueKind.Array ? ids.GetArrayLength() : null;
        var logProb = line.TryGetProperty("log_probs", out var logProbs) && logProbs.ValueKind == JsonValueKind.Array
            ? logProbs.EnumerateArray().Sum(JsonField.Number)
            : double.NaN;
        return new RecordedResponse(
            index,
            JsonField.Text(line, "prompt") ?? "",
            JsonField.Text(line, "text") ?? "",
            tokens,
            logProb,
            JsonField.Text(line, "finish_reason") ?? "");
    }
}
