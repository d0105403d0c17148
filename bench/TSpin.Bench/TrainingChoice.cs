namespace TSpin.Bench;

/// <summary>What TSpin's training steps trade for memory.</summary>
/// <param name="Recompute">Blocks are computed again in backward.</param>
/// <param name="Stochastic">In bfloat16, parameters are kept in bfloat16 alone and rounded at random.</param>
internal sealed record TrainingChoice(bool Recompute, bool Stochastic)
{
    /// <summary>The choice as a worker's arguments.</summary>
    public IEnumerable<string> Arguments => [.. Recompute ? (string[])["--recompute"] : [], .. Stochastic ? (string[])["--stochastic"] : []];
}
