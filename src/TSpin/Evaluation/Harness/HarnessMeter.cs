using TSpin.Generation;

namespace TSpin.Evaluation.Harness;

/// <summary>
/// Counts questions and what is left, by the length of what they say: a task of long questions takes longer.
/// </summary>
internal sealed class HarnessMeter
{
    private readonly IProgress<HarnessProgress>? _progress;
    private readonly TimeProvider _clock;
    private readonly long _began;
    private readonly RecentPace _pace;
    private readonly Dictionary<AskedTask, double> _weights;
    private readonly double _all;
    private readonly int _total;
    private double _weightDone;
    private int _done;
    private bool _isTold;

    public HarnessMeter(IReadOnlyList<AskedTask> asked, IProgress<HarnessProgress>? progress, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _began = _clock.GetTimestamp();
        _progress = progress;
        _pace = new RecentPace(_clock);
        _weights = asked.ToDictionary(task => task, Weight);
        _all = _weights.Values.Sum();
        _total = asked.Sum(task => task.Questions.Count);
        _pace.Left(0, _all);
    }

    public void Report(AskedTask task, double share, int? questionsDone = null)
    {
        _isTold = share >= 1;
        var weight = _weightDone + (share * _weights[task]);
        var done = _done + (questionsDone ?? (int)(share * task.Questions.Count));
        var seconds = Seconds;
        _progress?.Report(new HarnessProgress(
            task.Task.Name, done, _total, seconds > 0 ? done / seconds : 0, _pace.Left(weight, _all)));
    }

    public void End(AskedTask task)
    {
        if (!_isTold)
        {
            Report(task, 1);
        }

        _isTold = false;
        _weightDone += _weights[task];
        _done += task.Questions.Count;
    }

    public IProgress<GenerationProgress>? OfAnswers(AskedTask task) => _progress is null ? null
        : new Answers(this, task, 1 - (WeightOfAnnotated(task) / _weights[task]));

    /// <summary>
    /// Told how much of a task's annotated answers is scored, which is done once its own are written.
    /// </summary>
    public void ReportAnnotated(AskedTask task, double share) =>
        Report(task, 1 - ((1 - share) * WeightOfAnnotated(task) / _weights[task]));

    // An answer's tokens come one by one, each about as dear as a hundred characters that are read.
    private static double Weight(AskedTask task) => WeightOfAnnotated(task)
        + task.Questions.Sum(question => question.Answer is { } answer
        ? answer.Context.Length + (100.0 * (answer.MaxTokens ?? AnswerRequest.UsualTokens))
        : question.Continuations[0].Context.Length + question.Continuations.Sum(request => request.Continuation.Length));

    private static double WeightOfAnnotated(AskedTask task) =>
        task.Questions.Sum(question => question.Annotated is { } annotated
        ? (double)annotated.Context.Length + annotated.Continuation.Length : 0);

    private double Seconds => _clock.GetElapsedTime(_began).TotalSeconds;

    // The first answers to end are the short ones: time tells how far it has come, not their count.
    private sealed class Answers(HarnessMeter meter, AskedTask task, double all) : IProgress<GenerationProgress>
    {
        private readonly double _began = meter.Seconds;

        public void Report(GenerationProgress value)
        {
            var taken = meter.Seconds - _began;
            meter.Report(task, value.Total == 0 ? 0
                : value.SecondsLeft is { } left && taken + left > 0 ? all * taken / (taken + left)
                : all * value.Done / value.Total, value.Done);
        }
    }
}
