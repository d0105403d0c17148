namespace TSpin.Reports.Charts;

/// <summary>Makes the points of a line, as many as can be told apart.</summary>
public static class LinePoints
{
    /// <summary>
    /// Thins a long series: neighbours are put together in buckets of equal count, of which the mean and the extremes are kept,
    /// so that no spike is lost. Buckets do not reach over the given starts.
    /// </summary>
    /// <param name="x">Positions, ascending.</param>
    /// <param name="y">Values of the same count; not finite where there is none.</param>
    /// <param name="starts">Indices at which a new stretch (an iteration) begins.</param>
    /// <param name="maxPoints">About how many points to keep at most.</param>
    /// <returns>The points: one per value where there are few.</returns>
    public static IReadOnlyList<LinePoint> Thin(IReadOnlyList<double> x, IReadOnlyList<double> y, IReadOnlyList<int> starts, int maxPoints)
    {
        var size = BucketSize(x.Count, maxPoints);
        var points = new List<LinePoint>();
        var next = 0;
        var from = 0;
        while (from < x.Count)
        {
            while (next < starts.Count && starts[next] <= from)
            {
                next++;
            }

            var stretchEnd = next < starts.Count ? Math.Min(starts[next], x.Count) : x.Count;
            var to = Math.Min(from + size, stretchEnd);
            points.Add(Bucket(x, y, from, to));
            from = to;
        }

        return points;
    }

    /// <summary>How many values one point of <see cref="Thin"/> stands for.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="maxPoints">About how many points to keep at most.</param>
    /// <returns>1 where nothing is put together.</returns>
    public static int BucketSize(int count, int maxPoints) => Math.Max(1, (count + maxPoints - 1) / maxPoints);

    private static LinePoint Bucket(IReadOnlyList<double> x, IReadOnlyList<double> y, int from, int to)
    {
        var (sum, count, low, high) = (0.0, 0, double.PositiveInfinity, double.NegativeInfinity);
        for (var i = from; i < to; i++)
        {
            if (double.IsFinite(y[i]))
            {
                (sum, count, low, high) = (sum + y[i], count + 1, Math.Min(low, y[i]), Math.Max(high, y[i]));
            }
        }

        var middle = (x[from] + x[to - 1]) / 2;
        return count == 0 ? new LinePoint(middle, double.NaN, double.NaN, double.NaN) : new LinePoint(middle, sum / count, low, high);
    }
}
