using System.Runtime.CompilerServices;
using TSpin.Reports;

namespace TSpin.Dashboard;

/// <summary>Neighbouring steps put together: of each line the mean and the extremes.</summary>
internal sealed class StepBucket
{
    private readonly double[] _sums = new double[StepSeries.Lines.Count];
    private readonly int[] _counts = new int[StepSeries.Lines.Count];
    private readonly float[] _low = new float[StepSeries.Lines.Count];
    private readonly float[] _high = new float[StepSeries.Lines.Count];
    private Dictionary<string, (double Sum, int Count, float Low, float High)>? _terms;

    /// <summary>The first step.</summary>
    public int First { get; private set; }

    /// <summary>The last step.</summary>
    public int Last { get; private set; }

    /// <summary>Puts a step in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(RecordedStep step)
    {
        First = First == 0 ? step.Step : First;
        Last = step.Step;
        for (var i = 0; i < _sums.Length; i++)
        {
            var value = StepSeries.Lines[i].Quantity(step);
            if (double.IsFinite(value))
            {
                Take(i, value, 1, (float)value, (float)value);
            }
        }

        foreach (var (name, value) in step.Terms)
        {
            Take(name, (value, 1, (float)value, (float)value));
        }
    }

    /// <summary>Puts all of a later bucket in.</summary>
    public void Add(StepBucket later)
    {
        First = First == 0 ? later.First : First;
        Last = later.Last;
        for (var i = 0; i < _sums.Length; i++)
        {
            if (later._counts[i] > 0)
            {
                Take(i, later._sums[i], later._counts[i], later._low[i], later._high[i]);
            }
        }

        foreach (var (name, value) in later._terms ?? [])
        {
            Take(name, value);
        }
    }

    /// <summary>Mean, smallest and largest value of a line; null where it has none.</summary>
    public (double Mean, double Low, double High)? Of(int line) =>
        _counts[line] == 0 ? null : (_sums[line] / _counts[line], _low[line], _high[line]);

    /// <summary>The same of a number of the method's own.</summary>
    public (double Mean, double Low, double High)? Of(string term) =>
        _terms?.TryGetValue(term, out var value) == true ? (value.Sum / value.Count, value.Low, value.High) : null;

    // So few that the page stays small whatever a file holds.
    private void Take(string name, (double Sum, int Count, float Low, float High) value)
    {
        _terms ??= new(StringComparer.Ordinal);
        if (_terms.TryGetValue(name, out var before))
        {
            _terms[name] = (before.Sum + value.Sum, before.Count + value.Count,
                Math.Min(before.Low, value.Low), Math.Max(before.High, value.High));
        }
        else if (_terms.Count < RecordedStep.MostTerms)
        {
            _terms[name] = value;
        }
    }

    private void Take(int i, double sum, int count, float low, float high)
    {
        _low[i] = _counts[i] == 0 ? low : Math.Min(_low[i], low);
        _high[i] = _counts[i] == 0 ? high : Math.Max(_high[i], high);
        _sums[i] += sum;
        _counts[i] += count;
    }
}
