using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>
/// Odds ratio preference optimization (ORPO, arXiv 2403.07691, equations 6 and 7; TRL's ORPOTrainer): likelihood and
/// preference in one, without a reference, <c>-mean_t log p_t - beta log sigma((m(c) - m(d)) - (log(1 - e^m(c)) -
/// log(1 - e^m(d))))</c>. The mean is over the step's prompts (from their second token on) and chosen responses, as
/// in TRL. See <see cref="PreferenceObjective"/> for m.
/// </summary>
/// <param name="beta">Weight of the odds ratio, at least 0. Default in recipes: 0.1.</param>
public sealed class OrpoObjective(double beta) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "orpo";

    /// <inheritdoc/>
    public override bool NeedsPrompts => true;

    /// <inheritdoc/>
    public override bool HasTokenLoss => true;

    /// <inheritdoc/>
    public override int TokensOf(Triplet triplet) => triplet.Prompt.Length - 1 + triplet.Annotated.Length;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var (chosen, rejected) = Means(policy);
        var prompts = Need(policy.Prompts, "log-probabilities of prompts");
        var ofRatio = -(chosen - rejected - (chosen.LogOneMinusExp() - rejected.LogOneMinusExp())).LogSigmoid();
        return new ObjectiveValue(ofRatio * beta, CurrentTerm: ofRatio, RewardAnnotated: chosen * beta,
            RewardSynthetic: rejected * beta)
        {
            PerToken = -(policy.Of(ResponseRole.Annotated).Sums + prompts.Sums),
        };
    }
}
