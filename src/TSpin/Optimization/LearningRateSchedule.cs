namespace TSpin.Optimization;

/// <summary>What the learning rate does after its warm-up; in YAML <c>linear</c> (default), <c>cosine</c> or <c>constant</c>.</summary>
public enum LearningRateSchedule
{
    /// <summary>Falls in a straight line to zero at the end of the iteration.</summary>
    Linear,

    /// <summary>Falls along half a cosine to zero at the end of the iteration.</summary>
    Cosine,

    /// <summary>Stays.</summary>
    Constant,
}
