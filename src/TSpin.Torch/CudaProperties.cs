namespace TSpin.Torch;

/// <summary>What a CUDA device is and has.</summary>
/// <param name="Name">As its driver calls it.</param>
/// <param name="FreeBytes">Memory that nobody has, this process's cache of freed tensors not counted as free.</param>
/// <param name="TotalBytes">All of its memory.</param>
public sealed record CudaProperties(string Name, long FreeBytes, long TotalBytes);
