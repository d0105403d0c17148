using TSpin.Checkpoints;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>
/// Gives the policy pi_t: the one in memory if it is that, else loaded from where iteration t - 1 left it, or, at the first iteration, from
/// the recipe's model.
/// </summary>
internal sealed class PolicySource(Recipe recipe, RunFolder folder, DType computeType, Device device, int first = 0) : IDisposable
{
    private Decoder? _policy;
    private int _iteration = -1;

    /// <summary>The policy at the start of an iteration; float32 parameters.</summary>
    public Decoder At(int iteration)
    {
        if (_policy is null || _iteration != iteration)
        {
            Dispose();
            var source = iteration == first ? recipe.Model.Path
                : Directory.Exists(folder.Masters(iteration - 1)) ? folder.Masters(iteration - 1)
                : folder.Checkpoint(iteration - 1);
            _policy = DecoderLoader.Load(source, DType.Float32, computeType, device);
            _iteration = iteration;
        }

        return _policy;
    }

    /// <summary>The policy in memory was trained: it now is the one at the start of the next iteration.</summary>
    public void Advance() => _iteration++;

    public void Dispose()
    {
        _policy?.Dispose();
        _policy = null;
    }
}
