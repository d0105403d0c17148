using TSpin.Objectives;

namespace TSpin.Optimization;

/// <summary>
/// Watches the moving means of a run for the signs of collapse that a falling loss hides: v turning negative, u growing past 8 scaled nats,
/// nearly all triplets saturated, the end of y growing unlikely. Each alarm is raised once per iteration.
/// </summary>
public sealed class TrainingAlarms
{
    private const double Smoothing = 0.9;
    private const int WarmupSteps = 5;
    private const double EndLoss = 1;

    private readonly HashSet<(int Iteration, string Name)> _raised = [];
    private double _current;
    private double _historical;
    private double _saturated;
    private int _steps;
    private int _iteration = -1;
    private double _end;
    private int _endSteps;
    private double _firstEnds;
    private int _firstEndSteps;

    /// <summary>Looks at one step.</summary>
    /// <param name="metrics">The step.</param>
    /// <param name="scale">alpha or lambda: v is judged as the link sees it. For u the reward gap is that already, also where rewards are relative to a reference.</param>
    /// <param name="reduction">Whether the link sees sums or means over tokens; v is judged as it does.</param>
    /// <param name="scaleKey">
    /// The key in section <c>objective</c> that the scale is, to be lowered; null where there is none. Default:
    /// alpha.
    /// </param>
    /// <returns>New alarms, usually none.</returns>
    public IReadOnlyList<TrainingAlarm> Look(
        StepMetrics metrics, double scale, LogProbReduction reduction = LogProbReduction.Sum,
        string? scaleKey = "alpha")
    {
        if (metrics.Iteration != _iteration)
        {
            (_iteration, _steps, _current, _historical, _saturated, _end, _endSteps) =
                (metrics.Iteration, 0, 0, 0, 0, 0, 0);
        }

        var alarms = new List<TrainingAlarm>();
        LookAtEnds(metrics, alarms);
        if (metrics.RewardGap is not { } current)
        {
            return alarms;
        }

        _steps++;
        _current = Smooth(_current, current);
        var historical = reduction == LogProbReduction.Sum ? metrics.HistoricalAdvantage : metrics.LogProbPerTokenSynthetic - metrics.LogProbPerTokenProtoSynthetic;
        _historical = Smooth(_historical, (historical ?? 0) * scale);
        _saturated = Smooth(_saturated, metrics.SaturatedShare ?? 0);
        if (_steps < WarmupSteps)
        {
            return alarms;
        }

        var correction = 1 - Math.Pow(Smoothing, _steps);
        if (metrics.Iteration > 0 && _historical / correction < -0.1)
        {
            Raise(metrics, alarms, "historical-advantage-negative",
                $"the historical advantage is {_historical / correction / scale:0.0##} "
                    + $"nats{(reduction == LogProbReduction.Mean ? " per token" : "")}: the model now finds its own "
                    + "last answers less likely than its first ones. Lower training.learning_rate (try a third).");
        }

        if (_current / correction > 8)
        {
            Raise(metrics, alarms, "current-advantage-large",
                $"the scaled current advantage is {_current / correction:F1}, past 8: the model moves away from its "
                    + "own answers faster than it can learn. Lower "
                    + $"training.learning_rate{(scaleKey is null ? "" : $" or objective.{scaleKey}")}.");
        }

        if (_saturated / correction > 0.95)
        {
            var cure = scaleKey is null ? "training.learning_rate" : $"objective.{scaleKey}";
            Raise(metrics, alarms, "saturation",
                $"{100 * _saturated / correction:F0}% of the triplets are saturated and teach nothing. Lower {cure}"
                    + $"{(scaleKey == "alpha" ? " (0.1 suits sums over short answers)" : "")}.");
        }

        return alarms;
    }

    // Where the end of y becomes e times less likely than in the run's first steps, answers run on until they are cut.
    private void LookAtEnds(StepMetrics metrics, List<TrainingAlarm> alarms)
    {
        if (metrics.EndLogProbAnnotated is not { } end)
        {
            return;
        }

        if (_firstEndSteps < WarmupSteps)
        {
            (_firstEnds, _firstEndSteps) = (_firstEnds + end, _firstEndSteps + 1);
        }

        (_end, _endSteps) = (Smooth(_end, end), _endSteps + 1);
        var (mean, first) = (_end / (1 - Math.Pow(Smoothing, _endSteps)), _firstEnds / _firstEndSteps);
        if (_endSteps >= WarmupSteps && mean < first - EndLoss)
        {
            Raise(metrics, alarms, "end-unlikely",
                FormattableString.Invariant($"the token that ends the annotated responses has a log-probability of {mean:F2}")
                    + FormattableString.Invariant($" nats, {first:F2} in the run's first steps: answers will run on until")
                    + " they are cut. Lower training.learning_rate, or in a new run try objective.sft_weight, or"
                    + " generation.cut_responses retry or drop.");
        }
    }

    private void Raise(StepMetrics metrics, List<TrainingAlarm> alarms, string name, string message)
    {
        if (_raised.Add((metrics.Iteration, name)))
        {
            alarms.Add(new TrainingAlarm(metrics.Iteration, metrics.Step, name, message));
        }
    }

    private static double Smooth(double mean, double value) => (Smoothing * mean) + ((1 - Smoothing) * value);
}
