namespace TSpin.Checkpoints;

/// <summary>What the manifest knows of one finished file.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
/// <param name="Completed">When it was recorded.</param>
public sealed record RunArtifact(long Bytes, string Sha256, DateTimeOffset Completed);
