namespace TSpin.Objectives;

/// <summary>The policy whose log-probabilities an objective compares with.</summary>
public enum ReferencePolicy
{
    /// <summary>pi_t, the policy at the start of the iteration (SPIN, T-SPIN-ref).</summary>
    Iterate,

    /// <summary>pi_0, the model that the run began with, in every iteration (DPO and its kin).</summary>
    Initial,
}
