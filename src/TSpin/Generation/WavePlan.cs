using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>
/// Which prompts are answered together. A wave is several batches, so that a row whose answer is whole can take the next prompt; it is also what a file of answers
/// grows by. The plan depends on the whole list and the batch size only, never on what is finished already: a resumed run repeats an unfinished wave from its
/// beginning, and so with the same rounding.
/// </summary>
public static class WavePlan
{
    /// <summary>Batches of a wave. More keep the rows filled longer, and lose more when a run is killed.</summary>
    public const int BatchesPerWave = 8;

    /// <summary>Sorts by length, then by index, so that sequences of a wave need rows of like length, and cuts into waves.</summary>
    /// <param name="prompts">All prompts of the stage.</param>
    /// <param name="batchSize">Prompts answered at the same time.</param>
    /// <param name="earlier">Where the batch size changed while the file was made: what came before. Default: it never did.</param>
    /// <returns>The waves in the order they are run, each of <see cref="BatchesPerWave"/> times the batch size; the last may have fewer.</returns>
    public static IReadOnlyList<PromptTokens[]> Of(IReadOnlyList<PromptTokens> prompts, int batchSize, IReadOnlyList<EarlierBatches>? earlier = null)
    {
        PromptTokens[] ordered = [.. prompts.OrderBy(prompt => prompt.Ids.Length).ThenBy(prompt => prompt.Index)];
        var waves = new List<PromptTokens[]>();
        var begin = 0;
        foreach (var (answers, size) in (earlier ?? []).Append(new EarlierBatches(ordered.Length, batchSize)))
        {
            var end = Math.Clamp(answers, begin, ordered.Length);
            waves.AddRange(ordered[begin..end].Chunk((int)Math.Min(int.MaxValue, (long)size * BatchesPerWave)));
            begin = end;
        }

        return waves;
    }
}
