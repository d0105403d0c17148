namespace TSpin.Generation;

/// <summary>Why an answer ended. In files: <c>eos</c>, <c>length</c>, <c>stop</c>.</summary>
public enum FinishReason
{
    /// <summary>The model produced an end-of-sequence token: the answer really ended.</summary>
    Eos,

    /// <summary>The longest allowed answer, or the model's last position, was reached: the answer was cut off.</summary>
    Length,

    /// <summary>The text came to contain a stop text, or a stop id was produced.</summary>
    Stop,
}
