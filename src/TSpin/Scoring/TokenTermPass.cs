using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>
/// Computes an <see cref="ITokenTerm"/> for the tokens of a batch, some at a time, and carries its gradient back the same way. The head is thereby parted from the model: what
/// follows reads <see cref="States"/>, a leaf, and <see cref="FinishBackward"/> goes on from there.
/// </summary>
internal sealed class TokenTermPass
{
    private readonly Decoder _policy;
    private readonly ITokenTerm _term;
    private readonly Tensor _origin;
    private readonly Decoder? _reference;
    private readonly Tensor? _referenceStates;
    private readonly Tensor _targets;
    private readonly long _most;

    /// <summary>Computes the term.</summary>
    /// <param name="policy">The model in training.</param>
    /// <param name="term">What is wanted.</param>
    /// <param name="states">Hidden states that predict the targets, [R, H], with their graph.</param>
    /// <param name="reference">The reference policy, for its head, or null.</param>
    /// <param name="referenceStates">Its hidden states at the same places, or null.</param>
    /// <param name="targets">int64 [R].</param>
    /// <param name="numbers">Numbers of distributions at a time.</param>
    public TokenTermPass(Decoder policy, ITokenTerm term, Tensor states, Decoder? reference, Tensor? referenceStates, Tensor targets, long numbers)
    {
        _most = Math.Max(1, numbers / policy.Config.VocabularySize);
        (_policy, _term, _origin, _reference, _referenceStates, _targets) = (policy, term, states, reference, referenceStates, targets);
        States = states.Detach();
        var recorded = GradMode.IsOn;
        using (GradMode.Off())
        {
            Terms = Tensor.Concatenate([.. Chunks().Select(chunk => Evaluate(States.Narrow(0, chunk.Start, chunk.Count), chunk))], 0);
        }

        States.RequiresGrad = recorded;
        Terms.RequiresGrad = recorded;
    }

    /// <summary>The states as a leaf, for the head's other uses.</summary>
    public Tensor States { get; }

    /// <summary>The term of each token, [R]: a leaf.</summary>
    public Tensor Terms { get; }

    /// <summary>After the loss's backward pass: from the leaves on to the model.</summary>
    public void FinishBackward()
    {
        using var on = GradMode.On();
        using var scope = new TensorScope();
        var gradient = States.Grad();
        if (Terms.Grad() is { } ofTerms)
        {
            var parts = new List<Tensor>();
            foreach (var chunk in Chunks())
            {
                using var inner = new TensorScope();
                var states = States.Detach().Narrow(0, chunk.Start, chunk.Count).Contiguous().Detach();
                states.RequiresGrad = true;
                Evaluate(states, chunk).Backward(ofTerms.Narrow(0, chunk.Start, chunk.Count).Contiguous());
                parts.Add(inner.Keep(states.Grad() ?? Tensor.Zeros([.. states.Shape], states.DType, states.Device)));
            }

            using var off = GradMode.Off();
            var ofDistributions = Tensor.Concatenate(parts, 0);
            gradient = gradient is null ? ofDistributions : gradient + ofDistributions;
        }

        if (gradient is not null && _origin.RequiresGrad)
        {
            _origin.Backward(gradient);
        }
    }

    private Tensor Evaluate(Tensor states, (long Start, long Count) chunk)
    {
        var type = _policy.ComputeType == DType.Float64 ? DType.Float64 : DType.Float32;
        var logProbs = _policy.Logits(states).LogSoftmax(-1, type);                             // (r, V)
        Tensor? reference = null;
        if (_referenceStates is not null)
        {
            using var off = GradMode.Off();
            reference = _reference!.Logits(_referenceStates.Narrow(0, chunk.Start, chunk.Count)).LogSoftmax(-1, type);
        }

        return _term.Evaluate(logProbs, reference, _targets.Narrow(0, chunk.Start, chunk.Count));
    }

    private IEnumerable<(long Start, long Count)> Chunks()
    {
        var rows = _origin.Size(0);
        for (long start = 0; start < rows; start += _most)
        {
            yield return (start, Math.Min(_most, rows - start));
        }
    }
}
