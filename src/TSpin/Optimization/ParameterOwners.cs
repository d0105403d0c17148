using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>Divides parameters over processes so that each updates about as many numbers. A pure function of names and shapes: every process divides alike.</summary>
public static class ParameterOwners
{
    /// <summary>Divides: the largest first, each to the process with the fewest numbers so far, and of those to the first.</summary>
    /// <param name="parameters">Names and tensors.</param>
    /// <param name="processes">How many processes there are.</param>
    /// <returns>The process of every parameter.</returns>
    public static IReadOnlyDictionary<string, int> Of(IReadOnlyDictionary<string, Tensor> parameters, int processes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processes, 1);
        var owners = new Dictionary<string, int>(StringComparer.Ordinal);
        var emptiest = new PriorityQueue<int, (long Numbers, int Rank)>(Enumerable.Range(0, processes).Select(rank => (rank, (0L, rank))));
        foreach (var (name, tensor) in parameters.OrderByDescending(parameter => parameter.Value.ElementCount).ThenBy(parameter => parameter.Key, StringComparer.Ordinal))
        {
            emptiest.TryDequeue(out var rank, out var load);
            owners.Add(name, rank);
            emptiest.Enqueue(rank, (load.Numbers + tensor.ElementCount, rank));
        }

        return owners;
    }
}
