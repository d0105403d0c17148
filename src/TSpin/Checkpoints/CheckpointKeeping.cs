namespace TSpin.Checkpoints;

/// <summary>Which iterations' weights stay on disk; in YAML <c>best</c>, <c>last</c> (default) or <c>all</c>.</summary>
public enum CheckpointKeeping
{
    /// <summary>The iteration that is best beyond the error, and the last one while the run needs it; needs something to measure.</summary>
    Best,

    /// <summary>The last finished iteration.</summary>
    Last,

    /// <summary>Every iteration.</summary>
    All,
}
