using System.Text.Json.Serialization;

namespace TSpin.Checks;

/// <summary>Sequence log-probabilities with the loss and its gradient, in float64.</summary>
internal sealed record ObjectiveRecord(
    string Objective, string Link, ObjectiveRecord.Sequences Logprobs, ObjectiveRecord.Sequences? ReferenceLogprobs, double[] PerExample, double Loss,
    ObjectiveRecord.Sequences Gradient, double? Alpha = null, double? Beta = null, double? Lambda = null)
{
    /// <summary>One number per example for each response; null where the objective has no such response.</summary>
    internal sealed record Sequences(
        [property: JsonRequired] double[] Annotated, [property: JsonRequired] double[]? Synthetic, [property: JsonRequired] double[]? ProtoSynthetic);
}
