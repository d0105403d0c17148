using TSpin.SelfPlay;

namespace TSpin.Tuning;

/// <summary>How far a trial is, from its events and what each of its stages is predicted to take.</summary>
/// <param name="stages">Predicted seconds of generation, training and evaluation of an iteration.</param>
/// <param name="iterations">Iterations of a run; 0 of one that only evaluates.</param>
/// <param name="runs">Runs of the trial.</param>
/// <param name="time">Tells the time. Default: the system's.</param>
public sealed class TrialClock((double Generation, double Training, double Evaluation) stages, int iterations, int runs,
    TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly long _begun = (time ?? TimeProvider.System).GetTimestamp();
    private int _finishedRuns;
    private double _inRun;
    private double _base;
    private double _stage;

    /// <summary>Share that is done, from 0 to 1.</summary>
    public double Done => Math.Clamp((_finishedRuns + (_inRun / Math.Max(1e-9, OfARun))) / runs, 0, 1);

    /// <summary>What the whole trial takes at this pace, in seconds; null while too little is done to say.</summary>
    public double? Total => Done < 0.1 ? null : _time.GetElapsedTime(_begun).TotalSeconds / Done;

    private double OfARun => iterations == 0 ? stages.Evaluation
        : iterations * (stages.Generation + stages.Training + stages.Evaluation);

    /// <summary>A run began.</summary>
    public void BeginRun() => (_inRun, _base, _stage) = (0, 0, 0);

    /// <summary>A run is finished.</summary>
    public void EndRun() => (_finishedRuns, _inRun) = (_finishedRuns + 1, 0);

    /// <summary>Takes an event.</summary>
    /// <param name="value">The event.</param>
    public void Report(RunEvent value)
    {
        switch (value)
        {
            case StageStarted { Stage: var stage, Iteration: var iteration }:
                var before = Math.Max(0, iteration) * (stages.Generation + stages.Training + stages.Evaluation);
                (_base, _stage) = stage switch
                {
                    StageNames.Training => (before + stages.Generation, stages.Training),
                    _ when stage.Contains("responses", StringComparison.Ordinal) => (before, stages.Generation),
                    _ => (iteration < 0 ? 0 : before + stages.Generation + stages.Training, stages.Evaluation),
                };
                _inRun = _base;
                break;
            case Generated { Progress: { Total: > 0, IsScoring: false } progress }:
                _inRun = _base + (_stage * progress.Done / progress.Total);
                break;
            case Stepped { Metrics: var step }:
                _inRun = _base + (_stage * step.Step / step.Steps);
                break;
        }
    }
}
