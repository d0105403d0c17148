namespace TSpin.Distribution;

/// <summary>What each of several processes holds of a model in training.</summary>
public enum ShardingKind
{
    /// <summary>All of it.</summary>
    None,

    /// <summary>All parameters, and the optimizer state of its own share of them, which it alone updates (ZeRO, Rajbhandari et al. 2020, stage 1).</summary>
    Optimizer,

    /// <summary>Its share of everything: of parameters, gathered a block at a time where they are needed, of gradients and of optimizer state (stage 3). CPU alone.</summary>
    Full,
}
