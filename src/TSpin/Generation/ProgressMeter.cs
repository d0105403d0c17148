using System.Diagnostics;

namespace TSpin.Generation;

/// <summary>Counts tokens and answers and reports a few times a second, and after every wave.</summary>
internal sealed class ProgressMeter : IProgress<WaveStep>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    private readonly IProgress<GenerationProgress> _listener;
    private readonly int _total;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _lastReport;
    private int _done;
    private long _doneTokens;
    private long _newTokens;
    private long _newDoneTokens;

    public ProgressMeter(IProgress<GenerationProgress> listener, int total, IReadOnlyList<Response> finished)
    {
        _listener = listener;
        _total = total;
        _done = finished.Count;
        _doneTokens = finished.Sum(response => (long)response.Tokens.Length);
        Report();
    }

    /// <summary>Called after every step of a wave.</summary>
    public void Report(WaveStep value)
    {
        _newTokens += value.Tokens;
        _done += value.Answers;
        _doneTokens += value.AnswerTokens;
        _newDoneTokens += value.AnswerTokens;
        if (_clock.Elapsed - _lastReport >= Interval)
        {
            Report();
        }
    }

    public void WaveDone() => Report();

    private void Report()
    {
        _lastReport = _clock.Elapsed;
        var rate = _newTokens == 0 ? 0 : _newTokens / _lastReport.TotalSeconds;
        double? left = null;
        if (_done == _total)
        {
            left = 0;
        }
        else if (_done > 0 && rate > 0)
        {
            var expected = (double)_doneTokens / _done * (_total - _done);
            var begun = _newTokens - _newDoneTokens;
            left = Math.Max(0, expected - begun) / rate;
        }

        _listener.Report(new GenerationProgress(_done, _total, _newTokens, rate, left));
    }
}
