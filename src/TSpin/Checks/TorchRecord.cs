using System.Text.Json.Serialization;

namespace TSpin.Checks;

/// <summary>Training runs in plain torch: torch.json.</summary>
internal sealed record TorchRecord(TorchRecord.Run[] Cases)
{
    /// <summary>One run.</summary>
    internal sealed record Run(Settings Configuration, Step[] Steps, Dictionary<string, Moved> FinalParameters, Spread SpreadOfTwoOrdersOfSummation);

    /// <summary>How it was trained; <c>batch</c> is per micro-batch.</summary>
    internal sealed record Settings(
        string Name, string Optimizer, double Lr, double WeightDecay, int WarmupSteps, string Schedule, int Batch, int Accumulation, double? Clip, string Objective,
        double? Alpha = null, double? Beta = null, double? Lambda = null, string? Link = null);

    /// <summary>One optimizer step, before the update.</summary>
    internal sealed record Step(
        [property: JsonPropertyName("step")] int Number, double Loss, double GradientNorm, double Lr, double Annotated,
        double? Synthetic = null, double? ProtoSynthetic = null, double? CurrentTerm = null, double? HistoricalTerm = null);

    /// <summary>A parameter after the last step: its norm, its product with its first value, the norm of the change.</summary>
    internal sealed record Moved(double Norm, double DotInitial, [property: JsonPropertyName("moved")] double Distance);

    /// <summary>How far two orders of summation are apart: the loss absolutely, the others relatively.</summary>
    internal sealed record Spread(double Loss, double GradientNormRelative, double MovedRelative);
}
