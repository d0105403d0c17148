using TSpin.Prompts;

namespace TSpin.Optimization;

/// <summary>What one process has to say of its part of a step, for the report on all of it.</summary>
/// <param name="Places">Its triplets' places in the window, in the order of its passes.</param>
/// <param name="UsefulTokens">Tokens it computed that are not padding.</param>
/// <param name="Sums">Log-probabilities by role, in that order.</param>
/// <param name="Current">Current terms.</param>
/// <param name="Historical">Historical terms.</param>
/// <param name="RewardAnnotated">Rewards of annotated responses.</param>
/// <param name="RewardSynthetic">Rewards of synthetic responses.</param>
/// <param name="Terms">The objective's own numbers.</param>
/// <param name="Ends">Sum of the end tokens' log-probabilities and how many they are, of annotated responses, then of synthetic ones.</param>
internal sealed record WindowPart(
    int[] Places, long UsefulTokens, Dictionary<ResponseRole, double[]> Sums, double[] Current, double[] Historical, double[] RewardAnnotated, double[] RewardSynthetic,
    Dictionary<string, double[]> Terms, double[] Ends);
