using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>
/// Binary classifier optimization on pairs (BCO, arXiv 2404.04656; <c>bco_pair</c> of TRL's DPOTrainer, which leaves
/// out the paper's shift of rewards): <c>-log sigma(beta r(c)) - log sigma(-beta r(d))</c>. Unlike DPO it moves each
/// response against pi_0 by itself, so that the chosen one cannot lose likelihood while the gap grows. See <see
/// cref="PreferenceObjective"/> for r.
/// </summary>
/// <param name="beta">Strength of the pull towards pi_0, over 0. Default in recipes: 0.1.</param>
public sealed class BcoObjective(double beta) : PreferenceObjective
{
    /// <inheritdoc/>
    public override string Name => "bco";

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var (chosen, rejected) = Gains(policy, reference);
        var ofChosen = (chosen * -beta).Softplus();
        var ofRejected = (rejected * beta).Softplus();
        return new ObjectiveValue(ofChosen + ofRejected, CurrentTerm: ofChosen, RewardAnnotated: chosen * beta,
            RewardSynthetic: rejected * beta)
        {
            Terms = new Dictionary<string, Tensor> { ["rejected_term"] = ofRejected },
        };
    }
}
