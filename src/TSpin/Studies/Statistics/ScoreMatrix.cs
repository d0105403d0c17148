namespace TSpin.Studies.Statistics;

/// <summary>The scores of the same items under several seeds: a row for each seed, a column for each item.</summary>
public sealed class ScoreMatrix
{
    private readonly double[][] _rows;

    /// <summary>Takes scores.</summary>
    /// <param name="seeds">The seeds, at least one, in the order of the rows.</param>
    /// <param name="rows">For each seed the scores of all items, at least one; every row of the same length.</param>
    /// <exception cref="ArgumentException">The rows do not fit.</exception>
    public ScoreMatrix(IReadOnlyList<ulong> seeds, IReadOnlyList<double[]> rows)
    {
        if (seeds.Count == 0 || rows.Count != seeds.Count || rows[0].Length == 0 || rows.Any(row => row.Length != rows[0].Length))
        {
            throw new ArgumentException("there must be a row for each seed, and as many items in each", nameof(rows));
        }

        (Seeds, _rows) = ([.. seeds], [.. rows]);
    }

    /// <summary>The seeds.</summary>
    public IReadOnlyList<ulong> Seeds { get; }

    /// <summary>How many items there are.</summary>
    public int Items => _rows[0].Length;

    /// <summary>The scores under one seed.</summary>
    /// <param name="seed">The seed's place.</param>
    public ReadOnlySpan<double> this[int seed] => _rows[seed];

    /// <summary>The mean over all.</summary>
    public double Mean => _rows.Average(row => row.Average());

    /// <summary>The mean under each seed.</summary>
    public IReadOnlyList<double> SeedMeans => [.. _rows.Select(row => row.Average())];

    /// <summary>Whether every score is in [0, 1].</summary>
    public bool IsShare => _rows.All(row => row.All(value => value is >= 0 and <= 1));

    /// <summary>This less another, score by score.</summary>
    /// <param name="other">With the same seeds and items.</param>
    /// <returns>The differences.</returns>
    /// <exception cref="ArgumentException">Seeds or items are others.</exception>
    public ScoreMatrix Minus(ScoreMatrix other) => Seeds.SequenceEqual(other.Seeds) && Items == other.Items
        ? new ScoreMatrix(Seeds, [.. _rows.Select((row, s) => row.Select((value, i) => value - other._rows[s][i]).ToArray())])
        : throw new ArgumentException("only scores of the same seeds and items have differences", nameof(other));
}
