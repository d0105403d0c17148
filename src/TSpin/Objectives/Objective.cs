namespace TSpin.Objectives;

/// <summary>
/// A loss as a pure function of log-probabilities. It keeps no state and draws nothing; gradients flow through its tensors. Feed it float64:
/// sums of log-probabilities differ by hundreds of nats, and n numbers cost nothing.
/// </summary>
public abstract class Objective
{
    /// <summary>The name used in recipes: tspin, tspin-no-history, tspin-ref, spin or sft.</summary>
    public abstract string Name { get; }

    /// <summary>True when y' must be there.</summary>
    public virtual bool NeedsSynthetic => true;

    /// <summary>True when y0 must be there.</summary>
    public virtual bool NeedsProtoSynthetic => false;

    /// <summary>True when log-probabilities under the policy at the start of the iteration, pi_t, must be there.</summary>
    public virtual bool NeedsReference => false;

    /// <summary>True when a batch's loss is divided by its response tokens (SFT), false when by its triplets.</summary>
    public virtual bool DividesByTokens => false;

    /// <summary>Evaluates the loss.</summary>
    /// <param name="policy">Log-probabilities under the policy being trained.</param>
    /// <param name="reference">Log-probabilities under pi_t, without gradient; null unless <see cref="NeedsReference"/>.</param>
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
