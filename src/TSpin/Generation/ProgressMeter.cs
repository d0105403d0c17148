using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>Counts tokens and answers and reports a few times a second, and after every wave.</summary>
internal sealed class ProgressMeter : IProgress<WaveStep>
{
    private const int StepsOfWarmUp = 2;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    private readonly IProgress<GenerationProgress> _listener;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<PromptTokens[]> _waves;
    private readonly int _batchSize;
    private readonly int _limit;
    private readonly int _total;
    private readonly long _began;
    private readonly AnswerLengths _lengths = new();
    private readonly StepCost _cost = new();
    private long _lastStep;
    private long _lastReport;
    private int _wave;
    private int? _waiting;   // null: the wave has not begun
    private int _steps;
    private int _done;
    private long _newTokens;
    private IReadOnlyList<int> _running = [];

    /// <param name="listener">Told.</param>
    /// <param name="waves">All waves.</param>
    /// <param name="finishedWaves">How many of them are done.</param>
    /// <param name="finished">Their answers.</param>
    /// <param name="batchSize">Most rows at once.</param>
    /// <param name="limit">Longest answer.</param>
    /// <param name="clock">Default: the system's.</param>
    public ProgressMeter(
        IProgress<GenerationProgress> listener, IReadOnlyList<PromptTokens[]> waves, int finishedWaves, IReadOnlyList<Response> finished, int batchSize, int limit, TimeProvider? clock = null)
    {
        (_listener, _waves, _wave, _batchSize, _clock) = (listener, waves, finishedWaves, batchSize, clock ?? TimeProvider.System);
        _total = waves.Sum(wave => wave.Length);
        _limit = Math.Max(1, limit);
        _done = finished.Count;
        foreach (var response in finished)
        {
            _lengths.Add(response.Tokens.Length, response.FinishReason == FinishReason.Length);
        }

        _began = _lastStep = _clock.GetTimestamp();
        Report();
    }

    /// <summary>Called after every step of a wave.</summary>
    public void Report(WaveStep value)
    {
        var now = _clock.GetTimestamp();
        var seconds = _clock.GetElapsedTime(_lastStep, now).TotalSeconds;
        _lastStep = now;
        _newTokens += value.Tokens;
        _done += value.Answers;
        (_running, _waiting) = (value.Running, value.Waiting);
        foreach (var (tokens, isCut) in value.Whole)
        {
            _lengths.Add(tokens, isCut);
        }

        if (value.PromptTokens > 0)
        {
            _cost.Read(value.PromptTokens, seconds);
        }
        else if (_steps++ >= StepsOfWarmUp)
        {
            // The first steps pack weights and warm caches.
            _cost.Decoded(value.Tokens, seconds);
        }

        if (_clock.GetElapsedTime(_lastReport, now) >= Interval)
        {
            Report();
        }
    }

    public void WaveDone()
    {
        _wave++;
        (_running, _waiting) = ([], null);
        Report();
        _lastStep = _clock.GetTimestamp();
    }

    private void Report()
    {
        _lastReport = _clock.GetTimestamp();
        var elapsed = _clock.GetElapsedTime(_began, _lastReport).TotalSeconds;
        var rate = _newTokens == 0 || elapsed <= 0 ? 0 : _newTokens / elapsed;
        _listener.Report(new GenerationProgress(_done, _total, _newTokens, rate, Left()));
    }

    // Nothing is said before an answer has ended: until then nothing is known of their lengths.
    private double? Left()
    {
        if (_done == _total)
        {
            return 0;
        }

        if (!_cost.IsKnown || _lengths.Count == 0)
        {
            return null;
        }

        int[] waiting = _wave < _waves.Count ? [.. _waves[_wave].TakeLast(_waiting ?? int.MaxValue).Select(prompt => prompt.Ids.Length)] : [];
        int[][] later = [.. _waves.Skip(_wave + 1).Select(wave => wave.Select(prompt => prompt.Ids.Length).ToArray())];
        return TimeLeft.Of(_lengths.Survival(_running, _limit), _cost, _running, waiting, later, _batchSize);
    }
}
