namespace TSpin.Generation;

/// <summary>
/// Which prompts are answered together. The plan depends on the whole list and the batch size only, never on what is finished already:
/// a resumed run repeats an unfinished wave with the same rows, and so with the same rounding.
/// </summary>
public static class WavePlan
{
    /// <summary>Sorts by length, then by index, so that little is padded, and cuts into waves.</summary>
    /// <param name="prompts">All prompts of the stage.</param>
    /// <param name="batchSize">Prompts per wave; the last wave may have fewer.</param>
    /// <returns>The waves in the order they are run.</returns>
    public static IReadOnlyList<PromptTokens[]> Of(IReadOnlyList<PromptTokens> prompts, int batchSize) =>
        [.. prompts.OrderBy(prompt => prompt.Ids.Length).ThenBy(prompt => prompt.Index).Chunk(batchSize)];
}
