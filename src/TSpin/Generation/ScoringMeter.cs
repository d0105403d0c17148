namespace TSpin.Generation;

/// <summary>Counts responses whose log-probabilities are computed, and reports a few times a second and at the end.</summary>
public sealed class ScoringMeter : IProgress<(int Sequences, long Tokens)>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    private readonly IProgress<GenerationProgress> _listener;
    private readonly string _counted;
    private readonly int _total;
    private readonly long _allTokens;
    private readonly TimeProvider _clock;
    private readonly long _began;
    private long _lastReport;
    private int _done;
    private long _tokens;

    /// <param name="listener">Told.</param>
    /// <param name="counted">As <see cref="GenerationProgress.Counted"/>.</param>
    /// <param name="total">All responses.</param>
    /// <param name="tokens">All tokens of prompts and responses.</param>
    /// <param name="clock">Default: the system's.</param>
    public ScoringMeter(IProgress<GenerationProgress> listener, string counted, int total, long tokens, TimeProvider? clock = null)
    {
        (_listener, _counted, _total, _allTokens, _clock) = (listener, counted, total, tokens, clock ?? TimeProvider.System);
        _began = _lastReport = _clock.GetTimestamp();
    }

    /// <summary>A meter of given sequences.</summary>
    /// <param name="sequences">All that is scored: ids of every prompt and of what follows it. Read once.</param>
    /// <param name="listener">Told.</param>
    /// <param name="counted">As <see cref="GenerationProgress.Counted"/>.</param>
    /// <returns>The meter.</returns>
    public static ScoringMeter Of(
        IEnumerable<(int[] Prompt, int[] Response)> sequences, IProgress<GenerationProgress> listener, string counted)
    {
        var (count, tokens) = (0, 0L);
        foreach (var (prompt, response) in sequences)
        {
            count++;
            tokens += prompt.Length + response.Length;
        }

        return new ScoringMeter(listener, counted, count, tokens);
    }

    /// <summary>Called after every batch.</summary>
    /// <param name="value">The responses of the batch, and the tokens of these and of their prompts.</param>
    public void Report((int Sequences, long Tokens) value)
    {
        _done += value.Sequences;
        _tokens += value.Tokens;
        var now = _clock.GetTimestamp();
        if (_done < _total && _clock.GetElapsedTime(_lastReport, now) < Interval)
        {
            return;
        }

        _lastReport = now;
        var seconds = _clock.GetElapsedTime(_began, now).TotalSeconds;
        // Batches are computed at one rate, whatever their length.
        _listener.Report(new GenerationProgress(
            _done, _total, _tokens, seconds > 0 ? _tokens / seconds : 0, _tokens > 0 ? seconds * (_allTokens - _tokens) / _tokens : null)
        {
            Counted = _counted,
            IsScoring = true,
        });
    }
}
