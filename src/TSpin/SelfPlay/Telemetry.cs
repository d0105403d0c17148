namespace TSpin.SelfPlay;

/// <summary>By what name a host listens to runs: <c>AddMeter(Telemetry.Name)</c>,
/// <c>AddSource(Telemetry.Name)</c>.</summary>
public static class Telemetry
{
    /// <summary>Name of the meter, of the activity source, and of the loggers' category.</summary>
    public const string Name = "TSpin";
}
