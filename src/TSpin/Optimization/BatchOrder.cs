using TSpin.Randomness;

namespace TSpin.Optimization;

/// <summary>The order in which triplets are trained on: a seeded shuffle per epoch, cut into optimizer steps; the last step of an epoch may be short.</summary>
public static class BatchOrder
{
    /// <summary>Number of optimizer steps.</summary>
    /// <param name="count">Triplets.</param>
    /// <param name="batchSize">Triplets per step.</param>
    /// <param name="epochs">Passes.</param>
    /// <returns>Steps in all epochs.</returns>
    public static int Steps(int count, int batchSize, int epochs) => epochs * ((count + batchSize - 1) / batchSize);

    /// <summary>Indices of every step.</summary>
    /// <param name="count">Triplets.</param>
    /// <param name="batchSize">Triplets per step.</param>
    /// <param name="epochs">Passes.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="iteration">The self-play iteration: each shuffles anew.</param>
    /// <returns>One array per step, in order, with its epoch.</returns>
    public static IEnumerable<(int Epoch, int[] Indices)> Batches(int count, int batchSize, int epochs, ulong seed, int iteration)
    {
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var order = Enumerable.Range(0, count).ToArray();
            RandomStream.For(seed, "batch-order", iteration, epoch).Shuffle<int>(order);
            foreach (var batch in order.Chunk(batchSize))
            {
                yield return (epoch, batch);
            }
        }
    }
}
