namespace TSpin.Optimization;

/// <summary>
/// Section <c>sft</c>: supervised fine-tuning on the annotated examples before the first iteration. What it does not
/// say is as in section <c>training</c>.
/// </summary>
public sealed record SftSettings
{
    /// <summary>Passes over the examples. Default 0: no such stage.</summary>
    public int Epochs { get; init; }

    /// <summary>Peak learning rate. Default 2e-5.</summary>
    public double LearningRate { get; init; } = 2e-5;

    /// <summary>Whether there is such a stage.</summary>
    public bool IsOn => Epochs > 0;
}
