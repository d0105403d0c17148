using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// Updates parameters while backward is still on its way: what lies behind a block that was just computed again has all of its gradient, is updated and loses it. One block's gradients exist at a
/// time, besides the embedding's.
/// </summary>
/// <param name="policy">The model, in the backward pass of a step's only pass.</param>
/// <param name="optimizer">The update.</param>
/// <param name="learningRate">The step's learning rate.</param>
internal sealed class GradientConsumption(Decoder policy, Optimizer optimizer, double learningRate)
{
    private readonly HashSet<string> _rest = [.. policy.Trainable.Keys];

    /// <summary>Sum of the squares of the gradients that were consumed.</summary>
    public double Squares { get; private set; }

    /// <summary>Whether anything was updated.</summary>
    public bool Updated { get; private set; }

    /// <summary>What was not updated yet.</summary>
    public IEnumerable<string> Rest => policy.Trainable.Keys.Where(_rest.Contains);

    /// <summary>Updates what has its whole gradient. A gradient that is not finite ends it: nothing is updated from then on, and <see cref="Squares"/> says so.</summary>
    public void Block()
    {
        using var scope = new TensorScope();
        var gradients = Rest.Where(name => !policy.IsBeforeBlocks(name)).Select(name => (Name: name, Gradient: policy.GradientSoFar(name))).Where(entry => entry.Gradient is not null).ToDictionary(entry => entry.Name, entry => entry.Gradient);
        Squares += FusedOptimizer.SumOfSquares([.. gradients.Values]);
        if (!double.IsFinite(Squares))
        {
            return;
        }

        if (!Updated)
        {
            optimizer.BeginStep();
            Updated = true;
        }

        optimizer.Advance(gradients.Keys, learningRate, 1, name => gradients[name]);
        foreach (var name in gradients.Keys)
        {
            policy.ClearGradient(name);
            _rest.Remove(name);
        }
    }
}
