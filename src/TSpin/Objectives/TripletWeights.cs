using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// What single triplets still contribute to an objective: the largest slope of a triplet's loss in the log-probability of one
/// of its responses, |dL/ds(z)|. Of responses that are the same tokens the slopes add up, so that what cancels counts as
/// nothing. With T-SPIN it is alpha times the largest of sigma(-alpha u), |sigma(-alpha u) - beta sigma(-alpha v)| and beta
/// sigma(-alpha v). The rule is ours.
/// </summary>
public static class TripletWeights
{
    /// <summary>Whether an objective is a function of whole responses' log-probabilities alone, as this needs it.</summary>
    /// <param name="objective">The objective.</param>
    /// <returns>False where it reads single tokens, prompts, distributions or continuations, or divides by tokens.</returns>
    public static bool Fits(Objective objective) =>
        !objective.DividesByTokens && !objective.HasTokenLoss && !objective.NeedsPrompts && objective.Term is null && objective.Continuations is null;

    /// <summary>Measures triplets.</summary>
    /// <param name="objective">The objective; see <see cref="Fits"/>.</param>
    /// <param name="reduction">Whether it sees sums or means over tokens; slopes are in what it sees.</param>
    /// <param name="triplets">The n triplets.</param>
    /// <param name="policy">Their log-probabilities (sums) under the policy.</param>
    /// <param name="reference">The same under the reference, where the objective needs one.</param>
    /// <returns>n weights, at least 0.</returns>
    public static double[] Of(
        Objective objective, LogProbReduction reduction, IReadOnlyList<Triplet> triplets, IReadOnlyList<ReferenceLogProbs> policy,
        IReadOnlyList<ReferenceLogProbs>? reference)
    {
        if (triplets.Count == 0)
        {
            return [];
        }

        using var scope = new TensorScope();
        var leaves = Tensors(triplets, policy, reduction);
        foreach (var leaf in leaves.Values)
        {
            leaf.RequiresGrad = true;
        }

        objective.Evaluate(Joined(leaves, triplets), reference is null ? null : Joined(Tensors(triplets, reference, reduction), triplets))
            .PerExample.Sum().Backward();
        var slopes = leaves.Where(leaf => leaf.Value.Grad() is not null).ToDictionary(leaf => leaf.Key, leaf => leaf.Value.Grad()!.ToArray<double>());
        return [.. triplets.Select((triplet, i) => Largest(triplet, slopes, i))];
    }

    private static double Largest(Triplet triplet, Dictionary<ResponseRole, double[]> slopes, int index)
    {
        var seen = new List<(int[] Tokens, double Slope)>();
        foreach (var (role, values) in slopes)
        {
            var tokens = triplet.Of(role)!;
            var same = seen.FindIndex(other => other.Tokens.AsSpan().SequenceEqual(tokens));
            if (same >= 0)
            {
                seen[same] = (tokens, seen[same].Slope + values[index]);
            }
            else
            {
                seen.Add((tokens, values[index]));
            }
        }

        return seen.Count == 0 ? 0 : seen.Max(one => Math.Abs(one.Slope));
    }

    private static Dictionary<ResponseRole, Tensor> Tensors(
        IReadOnlyList<Triplet> triplets, IReadOnlyList<ReferenceLogProbs> sums, LogProbReduction reduction)
    {
        var roles = new (ResponseRole Role, Func<ReferenceLogProbs, double?> Of)[]
        {
            (ResponseRole.Annotated, row => row.Annotated),
            (ResponseRole.Synthetic, row => row.Synthetic),
            (ResponseRole.ProtoSynthetic, row => row.ProtoSynthetic),
        };
        return roles.Where(role => role.Of(sums[0]) is not null).ToDictionary(role => role.Role, role => Tensor.From(
            triplets.Select((triplet, i) => role.Of(sums[i])!.Value
                / (reduction == LogProbReduction.Sum ? 1 : Math.Max(1, triplet.Of(role.Role)!.Length))).ToArray()));
    }

    private static SequenceLogProbs Joined(Dictionary<ResponseRole, Tensor> values, IReadOnlyList<Triplet> triplets) =>
        new(values[ResponseRole.Annotated], values.GetValueOrDefault(ResponseRole.Synthetic), values.GetValueOrDefault(ResponseRole.ProtoSynthetic))
        {
            Triplets = triplets,
        };
}
