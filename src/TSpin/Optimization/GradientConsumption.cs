using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// Updates parameters while backward is still on its way: those whose gradient is whole are updated at once and lose it, so that the gradients of one block exist at a time, besides those of the
/// embeddings. The result is that of one update at the end, bit for bit, as long as nothing that is known only at the end (the norm, to clip by it) changes the update.
/// </summary>
/// <param name="policy">The model, in the backward pass of a step's only forward pass.</param>
/// <param name="optimizer">The update.</param>
/// <param name="learningRate">The step's learning rate.</param>
internal sealed class GradientConsumption(Decoder policy, Optimizer optimizer, double learningRate)
{
    private readonly HashSet<string> _updated = new(StringComparer.Ordinal);

    /// <summary>Sum of the squares of all gradients seen, consumed or found not finite.</summary>
    public double Squares { get; private set; }

    /// <summary>Parameters updated so far; at the first the optimizer has begun its step.</summary>
    public int Updated => _updated.Count;

    /// <summary>Names of what is trained and was not updated yet.</summary>
    public IEnumerable<string> Rest => policy.Training.Parameters.Keys.Where(name => !_updated.Contains(name));

    /// <summary>Updates what has its whole gradient. A gradient that is not finite ends it: nothing is updated from then on, and <see cref="Squares"/> says why.</summary>
    /// <param name="names">Told by <see cref="DecoderTraining.FinishBackward(Action{IReadOnlyList{string}}?)"/>.</param>
    public void Consume(IReadOnlyList<string> names)
    {
        if (!double.IsFinite(Squares))
        {
            return; // what has its gradient keeps it, and is counted with the rest
        }

        using var scope = new TensorScope();
        var gradients = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (policy.Training.GradientSoFar(name) is { } gradient)
            {
                gradients.Add(name, gradient);
            }
        }

        Squares += FusedOptimizer.SumOfSquares([.. gradients.Values]);
        if (gradients.Count == 0 || !double.IsFinite(Squares))
        {
            return;
        }

        if (Updated == 0)
        {
            optimizer.BeginStep();
        }

        optimizer.Advance(gradients.Keys, learningRate, 1, gradients.GetValueOrDefault);
        foreach (var name in gradients.Keys)
        {
            policy.Training.ClearGradient(name);
            _updated.Add(name);
        }
    }
}
