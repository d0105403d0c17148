namespace TSpin.Torch;

/// <summary>A tensor did not fit into the memory of its device.</summary>
/// <param name="message">Operation, arguments and reason.</param>
public sealed class TorchOutOfMemoryException(string message) : TorchException(message);
