namespace TSpin.Torch;

/// <summary>libtorch refused an operation. The message names the operation, the dtype and shape of each argument, and the reason.</summary>
/// <param name="message">Operation, arguments and reason.</param>
public class TorchException(string message) : Exception(message);
