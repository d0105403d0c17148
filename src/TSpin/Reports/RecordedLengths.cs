using TSpin.Files;

namespace TSpin.Reports;

/// <summary>Content of <c>responses-metrics.json</c>: what an iteration's synthetic responses are like.</summary>
/// <param name="CutShare">Share that ended at the length limit, if recorded.</param>
/// <param name="MeanTokens">Mean length in tokens, if recorded.</param>
public sealed record RecordedLengths(double? CutShare, double? MeanTokens)
{
    /// <summary>Responses answered once more, if recorded and any.</summary>
    public double? Retried { get; init; }

    /// <summary>Triplets dropped because their response was cut, if recorded and any.</summary>
    public double? Dropped { get; init; }

    /// <summary>Prompts left out because they no longer teach, if recorded and any.</summary>
    public double? Taught { get; init; }

    internal static RecordedLengths? Read(string path, ICollection<string> notes) => TolerantJson.ReadObject(path, notes, root =>
        new RecordedLengths(JsonField.Finite(root, "cut_share"), JsonField.Finite(root, "mean_tokens"))
        {
            Retried = JsonField.Finite(root, "retried") is > 0 and var retried ? retried : null,
            Dropped = JsonField.Finite(root, "dropped") is > 0 and var dropped ? dropped : null,
            Taught = JsonField.Finite(root, "taught") is > 0 and var taught ? taught : null,
        });
}
