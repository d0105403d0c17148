namespace TSpin.Objectives;

/// <summary>How the policy answers a step's prompts within the step.</summary>
/// <param name="MaxNewTokens">Longest continuation, in tokens.</param>
/// <param name="Temperature">What logits are divided by; 0, the default, takes the most probable token.</param>
public sealed record ContinuationSettings(int MaxNewTokens, double Temperature = 0)
{
    /// <summary>
    /// Share of the steps whose prompts are answered, drawn by the run's seed; the others' triplets have no
    /// continuation. Default: all.
    /// </summary>
    public double Share { get; init; } = 1;
}
