namespace TSpin.Hub;

/// <summary>Which split of a dataset is wanted where its files are not named.</summary>
public enum HubSplit
{
    /// <summary>The split <c>train</c>.</summary>
    Training,

    /// <summary>The split <c>test</c>; where there is none, the one called <c>validation</c>, <c>valid</c>, <c>val</c> or <c>dev</c>.</summary>
    HeldOut,
}
