namespace TSpin.Torch;

/// <summary>The native library is missing, cannot be loaded, has another ABI version, or was asked for kernels that there are not. The message lists what was tried and the cure.</summary>
/// <param name="message">What was tried, what happened each time, the cure.</param>
public sealed class TorchLibraryException(string message) : Exception(message);
