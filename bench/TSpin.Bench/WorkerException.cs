namespace TSpin.Bench;

/// <summary>A worker failed, or took too long.</summary>
/// <param name="message">Which one, and how.</param>
internal sealed class WorkerException(string message) : Exception(message);
