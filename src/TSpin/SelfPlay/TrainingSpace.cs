using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>What an iteration of training writes, asked of the disk before it begins.</summary>
internal static class TrainingSpace
{
    private const long MomentBytes = 4;

    /// <summary>Requires room for the checkpoint, the float32 masters behind a narrower one, and the state that a stopped stage goes on from.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">The run.</param>
    /// <param name="config">The model.</param>
    /// <param name="computeType">What it computes in.</param>
    /// <param name="iteration">The iteration.</param>
    /// <exception cref="TSpinException">There is less.</exception>
    public static void Require(Recipe recipe, RunFolder folder, DecoderConfig config, DType computeType, int iteration)
    {
        var rank = StartingAdapter.Shape(recipe) is { } shape ? shape.RankPattern.Values.Append(shape.Rank).Max() : 0;
        var trained = rank > 0 ? TrainingMemory.AdapterParameters(config, rank) : config.ParameterCount;
        var isNarrow = rank == 0 && recipe.Training.Masters == MasterKind.Stochastic && computeType != DType.Float32;
        var checkpoint = (trained * (rank > 0 ? 4 : config.StoredType.Size())) + Beside(recipe.Model.Path);
        var masters = rank == 0 && config.StoredType != DType.Float32 ? trained * 4 : 0;
        var state = StateBytes(trained, isNarrow ? 2 : 4, recipe.Training.Optimizer);
        var saved = StateFiles.BytesOf(folder.TrainingState(iteration));
        // A new state is whole before the old one goes; the checkpoint is made while the last state is there.
        var most = Math.Max((recipe.Training.SaveEverySteps > 0 ? 2 : 1) * state, state + masters + checkpoint) - saved;
        var parts = masters > 0 ? $"a checkpoint of {DiskSpace.Shown(checkpoint)}, its float32 weights of {DiskSpace.Shown(masters)}" : $"a checkpoint of {DiskSpace.Shown(checkpoint)}";
        DiskSpace.Require(folder.Path, most, $"what training in iteration {iteration} writes ({parts}, the state to continue from of {DiskSpace.Shown(state)}) will");
    }

    /// <summary>Size of a saved training state.</summary>
    /// <param name="parameters">Trained parameters.</param>
    /// <param name="bytes">Of each, as saved.</param>
    /// <param name="optimizer">Decides the number of moments.</param>
    /// <returns>Bytes.</returns>
    private static long StateBytes(long parameters, int bytes, OptimizerKind optimizer) => parameters * (bytes + (MomentBytes * (optimizer == OptimizerKind.AdamW ? 2 : 1)));

    private static long Beside(string model) => Directory.Exists(model)
        ? ModelFiles.In(model).Sum(name => new FileInfo(Path.Combine(model, name)).Length)
        : 0;
}
