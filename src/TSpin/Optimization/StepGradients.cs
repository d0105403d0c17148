using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// The gradients of one step on their way from backward to the update. Each is exchanged once, when it is whole. Where the update needs nothing that is known only at the end (the norm, to clip by
/// it), parameters are also updated then and lose their gradient, so that the gradients of one block exist at a time, besides those of the embeddings; the result is that of one update at the end,
/// bit for bit.
/// </summary>
/// <param name="policy">The model, in the backward pass of a step.</param>
/// <param name="exchange">Between backward and update.</param>
/// <param name="optimizer">The update.</param>
/// <param name="learningRate">The step's learning rate.</param>
/// <param name="clipNorm">Largest norm; null lets parameters be updated as soon as their gradient is whole.</param>
internal sealed class StepGradients(Decoder policy, IGradientExchange exchange, Optimizer optimizer, double learningRate, double? clipNorm)
{
    private readonly HashSet<string> _exchanged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _updated = new(StringComparer.Ordinal);
    private double _squares;   // of what was updated already, or was found not finite

    /// <summary>Parameters updated so far; at the first the optimizer has begun its step.</summary>
    public int Updated => _updated.Count;

    /// <summary>Takes gradients that are whole. One that is not finite ends the updates: nothing is updated from then on, and the norm says why.</summary>
    /// <param name="names">Told by <see cref="DecoderTraining.FinishBackward(Action{IReadOnlyList{string}}?)"/>, in the same order in every process.</param>
    public void Take(IReadOnlyList<string> names)
    {
        using var scope = new TensorScope();
        var gradients = Exchanged(names);
        // What has its gradient keeps it where nothing may change any more, and is counted with the rest.
        if (clipNorm is not null || !double.IsFinite(_squares))
        {
            return;
        }

        _squares += FusedOptimizer.SumOfSquares([.. gradients.Values]);
        if (gradients.Count == 0 || !double.IsFinite(_squares))
        {
            return;
        }

        if (Updated == 0)
        {
            optimizer.BeginStep();
        }

        optimizer.Advance(gradients.Keys.Where(exchange.Updates), learningRate, 1, gradients.GetValueOrDefault);
        exchange.Spread([.. gradients.Keys], name => policy.Training.Parameters[name]);
        foreach (var name in gradients.Keys)
        {
            policy.Training.ClearGradient(name);
            _updated.Add(name);
        }
    }

    /// <summary>Takes all gradients that are left, when backward is done.</summary>
    /// <returns>The norm of all the step's gradients, and by what those that are left are to be multiplied; see <see cref="GradientNorm.Measure"/>.</returns>
    public (double Norm, double Scale) Measure()
    {
        using var scope = new TensorScope();
        Exchanged([.. Rest.Where(name => !_exchanged.Contains(name))]);
        if (policy.Training.Shards is { } shards)
        {
            return GradientNorm.Measure([], clipNorm, exchange.Sum(FusedOptimizer.SumOfSquares([.. shards.Gradients])));
        }

        return GradientNorm.Measure(Rest.Select(policy.Training.Gradient), clipNorm, _squares);
    }

    /// <summary>Updates what was not updated yet.</summary>
    /// <param name="scale">From <see cref="Measure"/>.</param>
    public void Update(double scale)
    {
        if (Updated == 0)
        {
            optimizer.BeginStep();
        }

        optimizer.Advance([.. Rest.Where(exchange.Updates)], learningRate, scale, policy.Training.Gradient);
        exchange.Spread([.. Rest], name => policy.Training.Parameters[name]);
    }

    private IEnumerable<string> Rest => policy.Training.Parameters.Keys.Where(name => !_updated.Contains(name));

    private Dictionary<string, Tensor> Exchanged(IReadOnlyList<string> names)
    {
        if (policy.Training.Shards is not null)
        {
            return []; // backward has given them to the shares
        }

        var gradients = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            _exchanged.Add(name);
            if (policy.Training.GradientSoFar(name) is { } gradient)
            {
                gradients.Add(name, gradient);
            }
        }

        if (gradients.Count > 0)
        {
            exchange.Sum([.. gradients.Values]);
        }

        return gradients;
    }
}
