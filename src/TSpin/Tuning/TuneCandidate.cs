namespace TSpin.Tuning;

/// <summary>Something that is tried.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Rate">Peak learning rate; null where nothing is trained.</param>
/// <param name="Start">The candidate that it goes on from; null for the base.</param>
/// <param name="Shots">Examples in the prompt.</param>
public sealed record TuneCandidate(TuneKind Kind, double? Rate = null, TuneCandidate? Start = null, int Shots = 0)
{
    /// <summary>The name of its folder.</summary>
    public string Name => Kind switch
    {
        TuneKind.Base => "base",
        TuneKind.Prompted => $"base-{Shots}-shot",
        TuneKind.Sft => $"sft-{TuneRates.Text(Rate!.Value)}",
        TuneKind.TSpin => $"tspin-{TuneRates.Text(Rate!.Value)}",
        _ => $"{(Start is null ? "sft" : Start.Name)}-then-tspin-{TuneRates.Text(Rate!.Value)}",
    };

    /// <summary>What it is called instead of <see cref="Title"/>'s own words. Default null: those.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? CalledTitle { get; init; }

    /// <summary>What it is called in sentences and tables.</summary>
    public string Title => CalledTitle ?? Kind switch
    {
        TuneKind.Base => "the base",
        TuneKind.Prompted => $"the base with {Shots} example{(Shots == 1 ? "" : "s")} in the prompt",
        TuneKind.Sft => $"SFT at {TuneRates.Text(Rate!.Value)}",
        TuneKind.TSpin => $"T-SPIN at {TuneRates.Text(Rate!.Value)}",
        _ => $"SFT{(Start?.Rate is { } rate ? $" at {TuneRates.Text(rate)}" : "")}, then T-SPIN at {TuneRates.Text(Rate!.Value)}",
    };

    /// <summary>Whether weights are trained.</summary>
    public bool IsTrained => Rate is not null;
}
