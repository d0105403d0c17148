using TSpin.Prompts;
using TSpin.Scoring;

namespace TSpin.Optimization;

/// <summary>A step's triplets, divided into passes and laid out: what can be done while the step before still trains (<see cref="Trainer.Plan"/>).</summary>
public sealed class StepPlan
{
    internal StepPlan(IReadOnlyList<Triplet> triplets, IReadOnlyList<Pass> passes) => (Triplets, Passes) = (triplets, passes);

    /// <summary>The window, in its own order.</summary>
    public IReadOnlyList<Triplet> Triplets { get; }

    internal IReadOnlyList<Pass> Passes { get; }

    /// <summary>One forward and backward pass.</summary>
    /// <param name="Indices">Its triplets' places in the window.</param>
    /// <param name="Triplets">Its triplets.</param>
    /// <param name="Forward">The model over them.</param>
    internal sealed record Pass(int[] Indices, Triplet[] Triplets, Func<TripletLogProbs> Forward);
}
