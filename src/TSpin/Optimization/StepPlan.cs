using TSpin.Prompts;
using TSpin.Scoring;

namespace TSpin.Optimization;

/// <summary>A step's triplets, divided into passes and laid out: what can be done while the step before still trains (<see cref="Trainer.Plan"/>).</summary>
public sealed class StepPlan
{
    internal StepPlan(IReadOnlyList<Triplet> triplets, IReadOnlyList<Pass> passes, int[]? share = null, int? rounds = null) =>
        (Triplets, Passes, Share, Rounds) = (triplets, passes, share, rounds ?? passes.Count);

    /// <summary>The window, in its own order.</summary>
    public IReadOnlyList<Triplet> Triplets { get; }

    /// <summary>Where several processes divide the window, the places in it of this one's triplets, which are those of the passes; null where all are.</summary>
    internal int[]? Share { get; }

    /// <summary>Whether there are fewer triplets than processes and none for this one: it goes through one of them with weight 0, so that it makes the exchanges that the others make.</summary>
    internal bool IsIdle => Share is [];

    /// <summary>The triplets whose loss this process computes.</summary>
    internal IEnumerable<Triplet> Own => Share is null ? Triplets : Share.Select(place => Triplets[place]);

    internal IReadOnlyList<Pass> Passes { get; }

    /// <summary>How many passes the process takes that has the most: where parameters are gathered in every pass, all take as many.</summary>
    internal int Rounds { get; }

    /// <summary>One forward and backward pass.</summary>
    /// <param name="Indices">Its triplets' places in the window.</param>
    /// <param name="Triplets">Its triplets.</param>
    /// <param name="Forward">The model over them.</param>
    internal sealed record Pass(int[] Indices, Triplet[] Triplets, Func<TripletLogProbs> Forward);
}
