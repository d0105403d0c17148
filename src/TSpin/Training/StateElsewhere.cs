using TSpin.Torch;

namespace TSpin.Training;

/// <summary>What other processes hold of a training's state, where each updates its share of the parameters.</summary>
/// <param name="Collect">Makes this process' parameters those that the others have updated, also in what their type cannot hold.</param>
/// <param name="Fetch">A tensor of optimizer state by name.</param>
/// <param name="SaveParts">Saves the state after so many steps in a file, each process its part; null where the others do not see the folder, so that this one gathers and writes all.</param>
internal sealed record StateElsewhere(Action Collect, Func<string, Tensor> Fetch, Action<string, int>? SaveParts = null);
