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
        return [.. Indices(examples.Count, count, seed).Select(index => examples[index])];
    }

    /// <summary>The indices of the examples that <see cref="Take"/> takes, for choosing before the examples are held in memory.</summary>
    /// <param name="total">How many examples there are.</param>
    /// <param name="count">How many to take; null for all.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>Indices from 0, in shuffled order.</returns>
    /// <exception cref="TSpinException">There are fewer examples than that.</exception>
    public static IReadOnlyList<int> Indices(int total, int? count, ulong seed)
    {
        if (count is < 1 || count > total)
        {
            throw new TSpinException($"{count} examples are asked for where there are {total}; use a number in [1, {total}], or leave it out for all");
        }

        var order = Enumerable.Range(0, total).ToArray();
        RandomStream.For(seed, "data-shuffle").Shuffle<int>(order);
        return order[..(count ?? total)];
    }
}
