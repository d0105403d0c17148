using TSpin.Randomness;

namespace TSpin.Data;

/// <summary>Seeded subsets of examples, nested: each larger one contains every smaller one, as the paper's study of scarce data needs.</summary>
public static class ExampleSelection
{
    /// <summary>The first examples of the seeded shuffle of all examples.</summary>
    /// <param name="examples">All examples; their order is part of what the shuffle depends on.</param>
    /// <param name="count">How many to take; null for all.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>The chosen examples in shuffled order; element i does not depend on <paramref name="count"/>.</returns>
    /// <exception cref="TSpinException">There are fewer examples than that.</exception>
    public static IReadOnlyList<AnnotatedExample> Take(IReadOnlyList<AnnotatedExample> examples, int? count, ulong seed)
    {
        if (count is < 1 || count > examples.Count)
        {
            throw new TSpinException($"{count} examples are asked for where there are {examples.Count}; use a number in [1, {examples.Count}], or leave it out for all");
        }

        var order = Enumerable.Range(0, examples.Count).ToArray();
        RandomStream.For(seed, "data-shuffle").Shuffle<int>(order);
        return [.. order.Take(count ?? examples.Count).Select(index => examples[index])];
    }
}
