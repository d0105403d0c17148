using TSpin.Files;

namespace TSpin.Reports;

/// <summary>Content of <c>responses-metrics.json</c>: what an iteration's synthetic responses are like.</summary>
/// <param name="CutShare">Share that ended at the length limit, if recorded.</param>
/// <param name="MeanTokens">Mean length in tokens, if recorded.</param>
public sealed record RecordedLengths(double? CutShare, double? MeanTokens)
{
    internal static RecordedLengths? Read(string path, ICollection<string> notes) => TolerantJson.ReadObject(path, notes, root =>
        new RecordedLengths(JsonField.Finite(root, "cut_share"), JsonField.Finite(root, "mean_tokens")));
}
