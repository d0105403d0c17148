using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// The gradients of one step on their way from backward to the update. Each is exchanged once, when it is whole, while backward goes on. Where the update needs nothing that is known only at the end
/// (the norm, to clip by it), parameters may also be updated then and lose their gradient, so that the gradients of one block exist at a time, of several processes those of two, besides those of
/// the embeddings; the result is that of one update at the end, bit for bit.
/// </summary>
/// <param name="policy">The model, in the backward pass of a step.</param>
/// <param name="exchange">Between backward and update.</param>
/// <param name="optimizer">The update.</param>
/// <param name="learningRate">The step's learning rate.</param>
/// <param name="clipNorm">Largest norm, or null.</param>
/// <param name="updates">Whether parameters are updated as soon as their gradient is there; not with a largest norm.</param>
/// <param name="widens">Whether gradients are added up in float32, because some process has several passes.</param>
internal sealed class StepGradients(Decoder policy, IGradientExchange exchange, Optimizer optimizer, double learningRate, double? clipNorm, bool updates, bool widens)
{
    // Of updated parameters, and of gradients that take memory as long as they are not waited for, while the next are computed; one process has nothing to wait for.
    private readonly int _mostUnderWay = exchange.Processes > 1 ? 1 : 0;
    private readonly Queue<(Dictionary<string, Tensor> Gradients, Action Wait)> _summing = [];
    private readonly Queue<Action> _spreading = [];
    private readonly HashSet<string> _exchanged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _updated = new(StringComparer.Ordinal);
    private double _squares;   // of what was updated already, or was found not finite

    /// <summary>Parameters updated so far; at the first the optimizer has begun its step.</summary>
    public int Updated => _updated.Count;

    /// <summary>Takes gradients that are whole. One that is not finite ends the updates: nothing is updated from then on, and the norm says why.</summary>
    /// <param name="names">Told by <see cref="DecoderTraining.FinishBackward(Action{IReadOnlyList{string}}?)"/>, in the same order in every process.</param>
    public void Take(IReadOnlyList<string> names)
    {
        // float32 gradients of the CPU are exchanged where they lie, and stay until the update: who waits for them earlier than at the end waits at every block for the slower process.
        if (Begin(names) || updates)
        {
            FinishSums(_mostUnderWay);
        }
    }

    /// <summary>Takes all gradients that are left, when backward is done.</summary>
    /// <returns>The norm of all the step's gradients, and by what those that are left are to be multiplied; see <see cref="GradientNorm.Measure"/>.</returns>
    public (double Norm, double Scale) Measure()
    {
        var earlier = _summing.Count;
        Begin([.. Rest.Where(name => !_exchanged.Contains(name))]);
        FinishSums(_summing.Count - earlier);
        while (_summing.TryDequeue(out var last))
        {
            Finish(last.Gradients, last.Wait, mayUpdate: false);
        }

        FinishSpreading(0);
        using var scope = new TensorScope();
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

        // Of several processes block by block: what one of them has updated goes to the others while the next is updated.
        var modules = policy.Config.Modules;
        string[] rest = [.. Rest];
        IEnumerable<string[]> parts = exchange.Processes == 1 ? [rest] : rest.GroupBy(name => modules.BlockOf(name) ?? -1).Select(part => part.ToArray());
        foreach (var names in parts)
        {
            Advance(names, scale, policy.Training.Gradient);
        }

        FinishSpreading(0);
    }

    private IEnumerable<string> Rest => policy.Training.Parameters.Keys.Where(name => !_updated.Contains(name));

    // Whether some of them are copied for it.
    private bool Begin(IReadOnlyList<string> names)
    {
        if (policy.Training.Shards is not null)
        {
            return false; // backward has given them to the shares
        }

        if (widens)
        {
            policy.Training.WidenGradients(names);
        }

        var gradients = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            _exchanged.Add(name);
            if (policy.Training.GradientSoFar(name) is { } gradient)
            {
                gradients.Add(name, TensorScope.Detach(gradient));
            }
        }

        if (gradients.Count > 0)
        {
            _summing.Enqueue((gradients, exchange.BeginSum([.. gradients.Values])));
        }

        return gradients.Values.Any(gradient => gradient.DType != DType.Float32 || gradient.Device.IsCuda);
    }

    private void FinishSums(int left)
    {
        while (_summing.Count > left)
        {
            var (gradients, wait) = _summing.Dequeue();
            Finish(gradients, wait, updates);
        }
    }

    private void Finish(Dictionary<string, Tensor> gradients, Action wait, bool mayUpdate)
    {
        wait();
        // What has its gradient keeps it where nothing may change any more, and is counted with the rest.
        if (mayUpdate && double.IsFinite(_squares))
        {
            _squares += FusedOptimizer.SumOfSquares([.. gradients.Values]);
            if (double.IsFinite(_squares))
            {
                UpdateOnTheWay(gradients);
            }
        }

        foreach (var gradient in gradients.Values)
        {
            gradient.Dispose();
        }
    }

    private void UpdateOnTheWay(Dictionary<string, Tensor> gradients)
    {
        if (Updated == 0)
        {
            optimizer.BeginStep();
        }

        Advance([.. gradients.Keys], 1, gradients.GetValueOrDefault);
        foreach (var name in gradients.Keys)
        {
            policy.Training.ClearGradient(name);
            _updated.Add(name);
        }
    }

    private void Advance(string[] names, double scale, Func<string, Tensor?> gradients)
    {
        using var scope = new TensorScope();
        optimizer.Advance([.. names.Where(exchange.Updates)], learningRate, scale, gradients);
        FinishSpreading(_mostUnderWay);
        _spreading.Enqueue(exchange.BeginSpread(names, name => policy.Training.Parameters[name]));
    }

    private void FinishSpreading(int left)
    {
        while (_spreading.Count > left)
        {
            _spreading.Dequeue()();
        }
    }
}
