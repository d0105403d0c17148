namespace TSpin.SelfPlay;

/// <summary>One entry of sources.json.</summary>
/// <param name="Path">Where the file was when the run was last started.</param>
/// <param name="Fingerprint">Its <see cref="Files.FileFingerprint"/>.</param>
internal sealed record SourceFingerprint(string Path, string Fingerprint);
