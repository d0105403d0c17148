namespace TSpin.Studies.Statistics;

/// <summary>
/// Where the variance of scores comes from: seeds, items, and what is left of each score beyond both. The usual
/// estimates of a crossed design with one score in each cell, from mean squares (Searle, Casella and McCulloch,
/// Variance Components, section 4.3); those below 0 count as 0.
/// </summary>
/// <param name="Seeds">How many seeds they are from.</param>
/// <param name="Items">How many items.</param>
/// <param name="OfSeeds">Variance between seeds; null for a single one, which cannot tell.</param>
/// <param name="OfItems">Variance between items; 0 for a single one, whose variance counts as the seeds'. With a single
/// seed what is left is in it.</param>
/// <param name="OfRest">Variance of what is left.</param>
public sealed record CrossedVariance(int Seeds, int Items, double? OfSeeds, double OfItems, double OfRest)
{
    // A difference as large as this many standard errors is found in four of five repetitions: 1.96 + 0.84.
    private const double Power80 = 1.959963984540054 + 0.8416212335729143;

    /// <summary>Variance of the mean over all scores.</summary>
    public double OfMean => OfMeanOver(Seeds, Items);

    /// <summary>
    /// Degrees of freedom of that variance (Satterthwaite), at least 1; infinite where there is no variance.
    /// </summary>
    public double Degrees
    {
        get
        {
            var (seeds, items, rest) = ((OfSeeds ?? 0) / Seeds, OfItems / Items, OfRest / ((double)Seeds * Items));
            var spread = Part(seeds, Seeds - 1) + Part(items, Items - 1) + Part(rest, (Seeds - 1.0) * (Items - 1));
            return spread > 0 ? Math.Max(1, (seeds + items + rest) * (seeds + items + rest) / spread) : double.PositiveInfinity;

            static double Part(double variance, double degrees) => degrees > 0 ? variance * variance / degrees : 0;
        }
    }

    /// <summary>Estimates.</summary>
    /// <param name="scores">The scores.</param>
    /// <returns>The variances.</returns>
    public static CrossedVariance Of(ScoreMatrix scores)
    {
        var (seeds, items, mean) = (scores.Seeds.Count, scores.Items, scores.Mean);
        var rows = scores.SeedMeans;
        var columns = new double[items];
        for (var s = 0; s < seeds; s++)
        {
            for (var i = 0; i < items; i++)
            {
                columns[i] += scores[s][i] / seeds;
            }
        }

        var (ofRows, ofColumns, ofRest) = (0.0, 0.0, 0.0);
        for (var s = 0; s < seeds; s++)
        {
            ofRows += Square(rows[s] - mean) * items;
            for (var i = 0; i < items; i++)
            {
                ofRest += Square(scores[s][i] - rows[s] - columns[i] + mean);
            }
        }

        ofColumns = columns.Sum(column => Square(column - mean)) * seeds;
        return (seeds, items) switch
        {
            (1, 1) => new CrossedVariance(1, 1, null, 0, 0),
            (1, _) => new CrossedVariance(1, items, null, ofColumns / (items - 1), 0),
            (_, 1) => new CrossedVariance(seeds, 1, ofRows / (seeds - 1), 0, 0),
            _ => Of(seeds, items, ofRows / (seeds - 1), ofColumns / (items - 1), ofRest / ((seeds - 1.0) * (items - 1))),
        };
    }

    /// <summary>Variance of the mean over as many seeds and items.</summary>
    /// <param name="seeds">At least 1.</param>
    /// <param name="items">At least 1.</param>
    /// <returns>The variance.</returns>
    public double OfMeanOver(double seeds, double items) => ((OfSeeds ?? 0) / seeds) + (OfItems / items) + (OfRest / (seeds * items));

    /// <summary>
    /// Seeds beside those there are that would tell a difference, with the same items, in four of five repetitions.
    /// </summary>
    /// <param name="difference">Its size.</param>
    /// <returns>At least 1; null where no number of seeds would, or where a single seed says nothing of them.</returns>
    public double? SeedsToTell(double difference) => OfSeeds is not { } ofSeeds ? null
        : More(difference, OfItems / Items, ofSeeds + (OfRest / Items), Seeds);

    /// <summary>
    /// Items beside those there are that would tell a difference, with the same seeds, in four of five repetitions.
    /// </summary>
    /// <param name="difference">Its size.</param>
    /// <returns>At least 1; null where no number of items would.</returns>
    public double? ItemsToTell(double difference) => Items == 1 ? null
        : More(difference, (OfSeeds ?? 0) / Seeds, OfItems + (OfRest / Seeds), Items);

    private static double? More(double difference, double stays, double shrinks, int now) =>
        Square(difference / Power80) - stays is > 0 and var left ? Math.Max(1, Math.Ceiling(shrinks / left) - now) : null;

    private static CrossedVariance Of(int seeds, int items, double ofRows, double ofColumns, double ofRest) =>
        new(seeds, items, Math.Max(0, (ofRows - ofRest) / items), Math.Max(0, (ofColumns - ofRest) / seeds), ofRest);

    private static double Square(double value) => value * value;
}
