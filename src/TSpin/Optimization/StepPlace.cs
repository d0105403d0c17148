namespace TSpin.Optimization;

/// <summary>Which step of a run is being done.</summary>
/// <param name="Iteration">Zero-based self-play iteration.</param>
/// <param name="Epoch">Zero-based epoch.</param>
/// <param name="Step">One-based step within the iteration.</param>
/// <param name="Steps">Steps in the iteration.</param>
public sealed record StepPlace(int Iteration, int Epoch, int Step, int Steps);
