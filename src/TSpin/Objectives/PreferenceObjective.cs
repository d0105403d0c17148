using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// A loss on the data's own pairs: y, the chosen response (the annotated one), against the rejected one. In the
/// equations of its kin s(z) = log pi(z|x), m(z) = s(z) over the tokens of z, and r(z) = s(z) - log pi_0(z|x) with
/// pi_0 the model that the run began with; c is the chosen response, d the rejected one, and D = r(c) - r(d).
/// </summary>
public abstract class PreferenceObjective : Objective
{
    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => [ResponseRole.Rejected];

    /// <summary>s of both responses, or m where the recipe says <c>log_prob: mean</c>.</summary>
    /// <param name="policy">Under the policy in training.</param>
    /// <returns>[n] each.</returns>
    /// <exception cref="ArgumentException">There are no rejected responses.</exception>
    protected (Tensor Chosen, Tensor Rejected) LogProbs(SequenceLogProbs policy) =>
        (policy.Annotated, Need(policy.Rejected, "rejected responses"));

    /// <summary>r of both responses, of sums or means as the recipe says.</summary>
    /// <param name="policy">Under the policy in training.</param>
    /// <param name="reference">Under the reference.</param>
    /// <returns>[n] each.</returns>
    /// <exception cref="ArgumentException">There are no rejected responses, or no reference.</exception>
    protected (Tensor Chosen, Tensor Rejected) Gains(SequenceLogProbs policy, SequenceLogProbs? reference)
    {
        var start = Need(reference, "reference log-probabilities");
        var (chosen, rejected) = LogProbs(policy);
        return (chosen - start.Annotated,
            rejected - Need(start.Rejected, "reference log-probabilities of rejected responses"));
    }

    /// <summary>m of both responses, whatever the recipe says.</summary>
    /// <param name="policy">Under the policy in training.</param>
    /// <returns>[n] each.</returns>
    /// <exception cref="ArgumentException">There are no rejected responses.</exception>
    protected static (Tensor Chosen, Tensor Rejected) Means(SequenceLogProbs policy) =>
        (policy.Of(ResponseRole.Annotated).Means, policy.Of(ResponseRole.Rejected).Means);

    /// <summary>
    /// -log sigma(x) with a share of pairs in the wrong order: <c>(1 - e) softplus(-x) + e softplus(x)</c>.
    /// </summary>
    /// <param name="gap">x, [n].</param>
    /// <param name="smoothing">e.</param>
    /// <returns>[n].</returns>
    protected static Tensor Smoothed(Tensor gap, double smoothing) =>
        smoothing == 0 ? (-gap).Softplus() : ((-gap).Softplus() * (1 - smoothing)) + (gap.Softplus() * smoothing);
}
