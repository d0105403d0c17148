using System.Globalization;
using TSpin.Reports.Charts;

namespace TSpin.Reports.Html;

/// <summary>Where a run's steps lie on one axis over all its iterations, and how its quantities become lines on it.</summary>
internal sealed class StepAxis
{
    private const int MaxPoints = 160;
    private readonly IReadOnlyList<RecordedStep> _steps;
    private readonly double[] _positions;
    private readonly List<int> _starts = [];

    public StepAxis(IReadOnlyList<RecordedStep> steps)
    {
        _steps = steps;
        _positions = new double[steps.Count];
        var (offset, marks) = (0.0, new List<KeyValuePair<double, string>>());
        for (var i = 0; i < steps.Count; i++)
        {
            var begins = i == 0 || steps[i].Iteration != steps[i - 1].Iteration;
            var previous = i == 0 ? 0 : _positions[i - 1];
            if (begins && i > 0)
            {
                // Steps may be counted on over the iterations or anew in each.
                offset = steps[i].Step > previous ? 0 : previous;
            }

            _positions[i] = steps[i].Step > 0 ? offset + steps[i].Step : previous + 1;
            if (begins)
            {
                _starts.Add(i);
                marks.Add(KeyValuePair.Create(i == 0 ? _positions[i] : (previous + _positions[i]) / 2, string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? "it. " : "")}{steps[i].Iteration}")));
            }
        }

        Marks = marks;
    }

    /// <summary>Where iterations begin.</summary>
    public IReadOnlyList<KeyValuePair<double, string>> Marks { get; }

    /// <summary>What to say of thinned lines; empty where every step is drawn.</summary>
    public string Remark => LinePoints.BucketSize(_steps.Count, MaxPoints) is > 1 and var size
        ? string.Create(CultureInfo.InvariantCulture, $" Lines are means of {size} steps, bands reach from the smallest to the largest.")
        : "";

    /// <summary>A quantity of the steps as a line.</summary>
    public LineSeries Line(string name, int colour, Func<RecordedStep, double> quantity) =>
        new(name, colour, LinePoints.Thin(_positions, _steps.Select(quantity).ToArray(), _starts, MaxPoints));
}
