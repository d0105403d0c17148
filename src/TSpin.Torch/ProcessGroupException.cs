namespace TSpin.Torch;

/// <summary>An operation over processes failed: one of them is gone, did not come in time, or called another operation. The group cannot be used any more.</summary>
public sealed class ProcessGroupException(string message) : TorchException(message);
