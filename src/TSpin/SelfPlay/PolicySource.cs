using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>
/// Gives the policy pi_t: the one in memory if it is that, else loaded from where iteration t - 1 left it, or, at the first iteration, from
/// the recipe's model.
/// </summary>
internal sealed class PolicySource(Recipe recipe, RunFolder folder, DType computeType, Device device, int first = 0, RankGroup? sharing = null) : IDisposable
{
    private Decoder? _policy;
    private LoraAdapter? _adapter;
    private int _iteration = -1;

    /// <summary>The policy at the start of an iteration; what is trained is float32, or bfloat16 where the recipe wants that rounded at random.</summary>
    public Decoder At(int iteration)
    {
        if (_policy is null || _iteration != iteration)
        {
            Dispose();
            if (StartingAdapter.Shape(recipe) is { } shape)
            {
                (_policy, _adapter) = WithAdapter(shape, iteration);
                _iteration = iteration;
                return _policy;
            }

            var source = WeightsOf(iteration);
            _policy = Load(source, recipe.Training.Masters == MasterKind.Stochastic ? computeType : DType.Float32);
            DecoderLoader.RequireHead(_policy, source);
            _iteration = iteration;
        }

        return _policy;
    }

    /// <summary>The folder that holds the exact weights at the start of an iteration: as <see cref="FolderOf"/>, or what was kept behind narrower ones.</summary>
    public string WeightsOf(int iteration) => iteration == first ? recipe.Model.Path
        : Directory.Exists(folder.Masters(iteration - 1)) ? folder.Masters(iteration - 1)
        : folder.Checkpoint(iteration - 1);

    // All of it, or the share of this process where several hold it together.
    private Decoder Load(string source, DType type) => sharing is null ? DecoderLoader.Load(source, type, computeType, device)
        : DecoderLoader.LoadShare(source, sharing, type, computeType, device);

    /// <summary>The folder of the policy at the start of an iteration: the recipe's model, or the checkpoint that the iteration before left.</summary>
    public string FolderOf(int iteration) => iteration == first ? recipe.Model.Path : folder.Checkpoint(iteration - 1);

    /// <summary>The folder of the model that <see cref="Initial"/> loads; with an adapter, of its base.</summary>
    public string InitialFolder => recipe.Model.Path;

    /// <summary>pi_0, the model that the run began with, frozen and in the type of the arithmetic.</summary>
    /// <returns>The caller's.</returns>
    public Decoder Initial()
    {
        if (StartingAdapter.Shape(recipe) is { } shape)
        {
            var (policy, adapter) = WithAdapter(shape, first);
            using (policy)
            using (adapter)
            {
                return policy.ForInference(computeType, ownMemory: true);
            }
        }

        var initial = Load(InitialFolder, computeType);
        DecoderLoader.RequireHead(initial, InitialFolder);
        return initial;
    }

    // The base stays as it is, so it needs no float32 copy.
    private (Decoder Policy, LoraAdapter Adapter) WithAdapter(LoraConfig shape, int iteration)
    {
        var policy = Load(recipe.Model.Path, computeType);
        DecoderLoader.RequireHead(policy, recipe.Model.Path);
        var adapter = iteration == first ? StartingAdapter.Make(recipe, shape, policy) : LoraAdapter.Load(folder.Checkpoint(iteration - 1), policy);
        policy.Adapter = adapter;
        return (policy, adapter);
    }

    /// <summary>Writes the policy in memory as a checkpoint: a Hugging Face model folder, or PEFT's adapter folder with the tokenizer beside it.</summary>
    /// <param name="iteration">Which one it is.</param>
    /// <param name="ends">What ended responses in training: the folder's configuration names all of them.</param>
    public void WriteCheckpoint(int iteration, EndTokens ends)
    {
        var policy = _policy ?? throw new InvalidOperationException("there is no policy in memory");
        CheckpointFolder.Write(folder.Checkpoint(iteration), recipe.Model.Path, to =>
        {
            if (_adapter is null)
            {
                DecoderSaver.SaveWeights(policy, to, maxShardBytes: recipe.Checkpoints.MaxShardBytes);
                SavedConfig.Amend(to, policy.Config, ends.Ids);
                return;
            }

            // With the model's config.json beside it an adapter would pass for a model. generation_config.json keeps the ends.
            File.Delete(Path.Combine(to, "config.json"));
            SavedConfig.Amend(to, policy.Config, ends.Ids);
            _adapter.Save(to);
        });
    }

    /// <summary>The policy in memory was trained: it now is the one at the start of the next iteration.</summary>
    public void Advance() => _iteration++;

    public void Dispose()
    {
        _policy?.Dispose();
        _adapter?.Dispose();
        (_policy, _adapter) = (null, null);
    }
}
