using TSpin.Prompts;
using TSpin.Scoring;

namespace TSpin.Objectives;

/// <summary>
/// A loss as a pure function of log-probabilities. It keeps no state and draws nothing; gradients flow through its tensors. It sees float64:
/// sums of log-probabilities differ by hundreds of nats, and n numbers cost nothing.
/// </summary>
public abstract class Objective
{
    /// <summary>The name used in recipes: a method's, or a host's own.</summary>
    public abstract string Name { get; }

    /// <summary>The responses that must be there beside the annotated one. Default: y'.</summary>
    public virtual IReadOnlyList<ResponseRole> Responses => [ResponseRole.Synthetic];

    /// <summary>True when log-probabilities under a reference policy (<see cref="Method.Reference"/> says which) must be there. Default: false.</summary>
    public virtual bool NeedsReference => false;

    /// <summary>
    /// True when a step's loss is divided by its tokens (SFT; <see cref="TokensOf"/>), false when by its triplets.
    /// Default: false.
    /// </summary>
    public virtual bool DividesByTokens => false;

    /// <summary>
    /// True when the loss has a part that is divided by the step's tokens beside one that is divided by its triplets.
    /// Default: false.
    /// </summary>
    public virtual bool HasTokenLoss => false;

    /// <summary>True when the log-probabilities of the prompts' own tokens must be there. Default: false.</summary>
    public virtual bool NeedsPrompts => false;

    /// <summary>A number wanted of every response token's whole distribution; see <see cref="ResponseLogProbs.Terms"/>. Default: none.</summary>
    public virtual ITokenTerm? Term => null;

    /// <summary>Responses that the policy makes within a step, before it is trained on them; see <see cref="ResponseRole.Continuation"/>. Default: none.</summary>
    public virtual ContinuationSettings? Continuations => null;

    /// <summary>
    /// The tokens of a triplet among those that a step's loss, or <see cref="ObjectiveValue.PerToken"/>, is divided
    /// by. Default: the annotated response's.
    /// </summary>
    /// <param name="triplet">The triplet.</param>
    /// <returns>At least 0.</returns>
    public virtual int TokensOf(Triplet triplet) => triplet.Annotated.Length;

    /// <summary>Evaluates the loss.</summary>
    /// <param name="policy">Log-probabilities under the policy being trained.</param>
    /// <param name="reference">Log-probabilities under the reference policy, without gradient; null unless <see cref="NeedsReference"/>.</param>
    /// <returns>Loss and terms per triplet.</returns>
    /// <exception cref="ArgumentException">A needed log-probability is missing.</exception>
    public abstract ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null);

    /// <summary>Fails with the objective's name when a needed input is missing.</summary>
    /// <typeparam name="T">Type of the input.</typeparam>
    /// <param name="value">The input.</param>
    /// <param name="what">Its name in the message.</param>
    /// <returns>The input.</returns>
    protected T Need<T>(T? value, string what)
        where T : class =>
        value ?? throw new ArgumentException($"{Name} needs {what}");
}
