namespace TSpin.Checkpoints;

/// <summary>Which iterations' weights stay on disk; in YAML <c>best</c>, <c>last</c> (default) or <c>all</c>.</summary>
public enum CheckpointKeeping
{
    /// <summary>The iteration with the best evaluation score, and the last one while the run needs it; needs evaluation.data.</summary>
    Best,

    /// <summary>The last finished iteration.</summary>
    Last,

    /// <summary>Every iteration.</summary>
    All,
}
