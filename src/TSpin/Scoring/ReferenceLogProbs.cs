using System.Text.Json.Serialization;

namespace TSpin.Scoring;

/// <summary>
/// Log-probabilities of one triplet's responses under a reference policy. They are computed once, before an iteration's first step, so that no
/// second model is in memory while one trains.
/// </summary>
/// <param name="Annotated">log pi_t(y|x), summed, in nats.</param>
/// <param name="Synthetic">log pi_t(y'|x), or null.</param>
/// <param name="ProtoSynthetic">log pi_t(y0|x), or null.</param>
public sealed record ReferenceLogProbs(double Annotated, double? Synthetic, double? ProtoSynthetic)
{
    /// <summary>Of y' of the iteration before, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? EarlierSynthetic { get; init; }

    /// <summary>Of the data's worse response, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Rejected { get; init; }
}
