namespace Extending;

/// <summary>What the sample's generator asks its server: one prompt.</summary>
/// <param name="Folder">The model folder to answer with.</param>
/// <param name="Prompt">Token ids.</param>
/// <param name="Seed">Of the answer's random stream.</param>
/// <param name="MaxNewTokens">Longest answer.</param>
/// <param name="Temperature">What logits are divided by; 0 takes the most probable token.</param>
/// <param name="EndIds">Ids that end an answer.</param>
public sealed record WireRequest(string Folder, int[] Prompt, ulong Seed, int MaxNewTokens, double Temperature, int[] EndIds);
