namespace TSpin.Optimization;

/// <summary>The rule that turns gradients into steps; in YAML <c>rmsprop</c> (default, the paper's) or <c>adamw</c>.</summary>
public enum OptimizerKind
{
    /// <summary>As torch.optim.RMSprop: no momentum, not centred, no bias correction.</summary>
    RmsProp,

    /// <summary>As torch.optim.AdamW: decoupled weight decay, bias correction.</summary>
    AdamW,
}
