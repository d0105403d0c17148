namespace TSpin.Bench;

/// <summary>What TSpin's training steps trade for memory.</summary>
/// <param name="Recompute">Blocks are computed again in backward.</param>
/// <param name="Stochastic">In bfloat16, parameters are kept in bfloat16 alone and rounded at random.</param>
/// <param name="Clip">Gradients are clipped at norm 1; without it and with recompute they are consumed block by block.</param>
internal sealed record TrainingChoice(bool Recompute, bool Stochastic, bool Clip)
{
    /// <summary>The choice as a worker's arguments.</summary>
    public IEnumerable<string> Arguments => [.. Recompute ? (string[])["--recompute"] : [], .. Stochastic ? (string[])["--stochastic"] : [], .. Clip ? (string[])[] : ["--no-clip"]];
}
