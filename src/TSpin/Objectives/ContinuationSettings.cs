namespace TSpin.Objectives;

/// <summary>How the policy answers a step's prompts within the step.</summary>
/// <param name="MaxNewTokens">Longest continuation, in tokens.</param>
/// <param name="Temperature">What logits are divided by; 0, the default, takes the most probable token.</param>
public sealed record ContinuationSettings(int MaxNewTokens, double Temperature = 0);
