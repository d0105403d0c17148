namespace TSpin.Checkpoints;

/// <summary>Section <c>checkpoints</c>: which weights are kept, and in what pieces.</summary>
public sealed record CheckpointSettings
{
    /// <summary>Which iterations stay. Default <see cref="CheckpointKeeping.Last"/>.</summary>
    public CheckpointKeeping Keep { get; init; } = CheckpointKeeping.Last;

    /// <summary>Largest safetensors file, in bytes. Default 5 000 000 000, as transformers has it.</summary>
    public long MaxShardBytes { get; init; } = 5_000_000_000;
}
