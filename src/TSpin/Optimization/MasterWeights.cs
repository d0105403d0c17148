using TSpin.Recipes;

namespace TSpin.Optimization;

/// <summary>How an optimizer keeps parameters of a narrow type (bfloat16); wide ones need nothing.</summary>
/// <param name="Kind"><see cref="MasterKind.Float32"/> rounds narrow parameters to the nearest, which loses steps smaller than half their last digit.</param>
/// <param name="Seed">Decides stochastic rounding, together with step, parameter and element: a resumed run rounds alike.</param>
public readonly record struct MasterWeights(MasterKind Kind, ulong Seed = 0)
{
    /// <summary>The seed where rounding is random, else null.</summary>
    public ulong? RoundingSeed => Kind == MasterKind.Stochastic ? Seed : null;
}
