namespace TSpin.Data.Audit;

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    /// <summary>Worth a look; often right as it is.</summary>
    Note,

    /// <summary>Probably worse to train on than to leave out.</summary>
    Warning,

    /// <summary>No example, or one that makes scores look better than they are.</summary>
    Error,
}
