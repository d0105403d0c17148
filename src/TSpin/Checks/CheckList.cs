namespace TSpin.Checks;

/// <summary>Collects comparisons as they are made. Every kind of check writes into one of these and ends with its <see cref="Report"/>.</summary>
public sealed class CheckList
{
    private readonly List<Tally> _tallies = [];
    private readonly List<CheckMiss> _misses = [];
    private readonly List<string> _notCompared = [];

    /// <summary>Compares two numbers.</summary>
    /// <param name="quantity">What they are.</param>
    /// <param name="where">Which one.</param>
    /// <param name="actual">Computed here.</param>
    /// <param name="expected">Recorded.</param>
    /// <param name="allowed">Largest absolute difference that holds.</param>
    public void Near(string quantity, string where, double actual, double expected, double allowed) =>
        Compare(Of(quantity), () => where, actual, expected, allowed);

    /// <summary>Compares every element of two tables of numbers.</summary>
    /// <param name="quantity">What they are.</param>
    /// <param name="where">Which table.</param>
    /// <param name="actual">Computed here.</param>
    /// <param name="expected">Recorded; as many.</param>
    /// <param name="columns">Length of a row, for naming places.</param>
    /// <param name="allowed">Largest absolute difference that holds.</param>
    /// <exception cref="ArgumentException">The tables have different sizes.</exception>
    public void Near(string quantity, string where, ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, int columns, double allowed)
    {
        if (actual.Length != expected.Length)
        {
            throw new ArgumentException($"{where}: {actual.Length} values against {expected.Length}");
        }

        var tally = Of(quantity);
        for (var i = 0; i < actual.Length; i++)
        {
            // Tables hold millions of numbers: only those that get reported are given a name.
            if (Math.Abs(actual[i] - expected[i]) <= allowed * Math.Min(1, tally.WorstShare))
            {
                tally.Comparisons++;
            }
            else
            {
                Compare(tally, Place(where, i, columns), actual[i], expected[i], allowed);
            }
        }
    }

    /// <summary>Compares two values that must be identical.</summary>
    /// <param name="quantity">What they are.</param>
    /// <param name="where">Which one.</param>
    /// <param name="actual">Computed here.</param>
    /// <param name="expected">Recorded.</param>
    public void Same(string quantity, string where, string actual, string expected) =>
        Verdict(quantity, where, string.Equals(actual, expected, StringComparison.Ordinal), actual, expected);

    /// <summary>Takes the verdict on two values that were compared already, and are too long to be shown whole.</summary>
    /// <param name="quantity">What they are.</param>
    /// <param name="where">Which one.</param>
    /// <param name="holds">Whether they are identical.</param>
    /// <param name="actual">What is shown of the one computed here where they are not.</param>
    /// <param name="expected">Likewise of the recorded one; it may read the same.</param>
    public void Verdict(string quantity, string where, bool holds, string actual, string expected)
    {
        var tally = Of(quantity);
        tally.Comparisons++;
        if (!holds)
        {
            Miss(tally, new CheckMiss(quantity, where, expected, actual, null, null));
        }
    }

    /// <summary>Compares two sequences of token ids that must be identical; each position counts.</summary>
    /// <param name="quantity">What they are.</param>
    /// <param name="where">Which sequence.</param>
    /// <param name="actual">Computed here.</param>
    /// <param name="expected">Recorded.</param>
    public void Same(string quantity, string where, IReadOnlyList<int> actual, IReadOnlyList<int> expected)
    {
        for (var i = 0; i < Math.Max(actual.Count, expected.Count); i++)
        {
            Same(quantity, $"{where}[{i}]", i < actual.Count ? $"{actual[i]}" : "nothing", i < expected.Count ? $"{expected[i]}" : "nothing");
        }
    }

    /// <summary>Notes something in the record that is not meant to be compared.</summary>
    /// <param name="reason">What and why.</param>
    public void Skip(string reason) => _notCompared.Add(reason);

    /// <summary>Everything compared so far.</summary>
    /// <param name="subject">What was checked.</param>
    /// <param name="fault">Why it could not be checked to the end, or null.</param>
    /// <returns>The report.</returns>
    public CheckReport Report(string subject, string? fault = null) => new(
        subject,
        [.. _tallies.Select(tally => new CheckedQuantity(tally.Name, tally.Comparisons, tally.Misses, tally.WorstDifference, tally.WorstAllowed, tally.WorstWhere))],
        [.. _misses], fault, [.. _notCompared]);

    private void Compare(Tally tally, Func<string> where, double actual, double expected, double allowed)
    {
        tally.Comparisons++;
        // Equal infinities have no difference; a NaN differs from everything, itself included.
        var difference = actual == expected ? 0 : Math.Abs(actual - expected);
        var share = double.IsNaN(difference) ? double.PositiveInfinity : difference == 0 ? 0 : difference / allowed;
        if (tally.WorstWhere is null || share > tally.WorstShare)
        {
            (tally.WorstShare, tally.WorstDifference, tally.WorstAllowed, tally.WorstWhere) = (share, difference, allowed, where());
        }

        if (!(difference <= allowed))
        {
            Miss(tally, new CheckMiss(tally.Name, _misses.Count < CheckReport.ShownMisses ? where() : "", $"{expected:R}", $"{actual:R}", difference, allowed));
        }
    }

    private static Func<string> Place(string where, int index, int columns) => () => $"{where}[{index / columns}, {index % columns}]";

    private void Miss(Tally tally, CheckMiss miss)
    {
        tally.Misses++;
        if (_misses.Count < CheckReport.ShownMisses)
        {
            _misses.Add(miss);
        }
    }

    private Tally Of(string quantity)
    {
        var tally = _tallies.Find(known => known.Name == quantity);
        if (tally is null)
        {
            tally = new Tally(quantity);
            _tallies.Add(tally);
        }

        return tally;
    }

    private sealed class Tally(string name)
    {
        public string Name { get; } = name;

        public long Comparisons { get; set; }

        public long Misses { get; set; }

        public double WorstShare { get; set; }

        public double? WorstDifference { get; set; }

        public double? WorstAllowed { get; set; }

        public string? WorstWhere { get; set; }
    }
}
