namespace TSpin.Logging;

/// <summary>Section <c>logging</c>: what is written besides for other programs to watch.</summary>
public sealed record LoggingSettings
{
    /// <summary>Whether TensorBoard's event files are written into the run's folder. Default false.</summary>
    public bool Tensorboard { get; init; }
}
