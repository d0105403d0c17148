namespace TSpin.Scoring;

/// <summary>Processes that have the same model and score texts together, each a pass at a time.</summary>
public interface IScoringProcesses
{
    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Lets each compute one pass.</summary>
    /// <param name="passes">At most as many as there are processes.</param>
    /// <returns>The scores of each pass.</returns>
    /// <exception cref="TSpinException">One of them failed.</exception>
    IReadOnlyList<ScoredResponse[]> Run(IReadOnlyList<ScoringPass> passes);
}
