namespace TSpin.Bench;

/// <summary>What <c>bench --json</c> writes.</summary>
/// <param name="PresetKernels">OPENBLAS_CORETYPE as found, or null.</param>
/// <param name="PeerAllocator">The library preloaded for the peer, or null.</param>
/// <param name="Threads">Threads of every side.</param>
/// <param name="ColdStarts">Where tiny is measured.</param>
/// <param name="Planning">Where tiny is measured.</param>
/// <param name="Measurements">One per shape, type and side.</param>
internal sealed record BenchReport(
    string? PresetKernels, string? PeerAllocator, int Threads, IReadOnlyList<ColdStart> ColdStarts, PlanningCost? Planning, IReadOnlyList<Measurement> Measurements);
