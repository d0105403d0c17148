using TSpin.Files;
using TSpin.Logging;
using TSpin.TensorBoard;

namespace TSpin.Pretraining;

/// <summary>TensorBoard's events of a model made from nothing; the log beside them decides what they hold.</summary>
internal sealed class PretrainingEvents : IDisposable
{
    private EventLog? _log;

    /// <summary>Opens the events of a folder, takes away what will be done again, and writes what the log has and they
    /// lack.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="logPath">The log, which holds the steps that stay.</param>
    /// <param name="done">How many those are.</param>
    public PretrainingEvents(string folder, string logPath, int done) => Try(() =>
    {
        _log = new EventLog(folder);
        _log.KeepUpTo(done);
        foreach (var step in File.Exists(logPath)
            ? JsonLinesReader.Read<PretrainingStep>(logPath, ignoreTornLastLine: true) : [])
        {
            if (!_log.Contains(StepScalars.Loss, step.Step))
            {
                _log.Scalars(step.Step, Scalars(step));
            }
        }
    });

    /// <summary>Writes a step.</summary>
    public void Write(PretrainingStep step) => Try(() => _log?.Scalars(step.Step, Scalars(step)));

    /// <inheritdoc/>
    public void Dispose() => _log?.Dispose();

    private static KeyValuePair<string, double>[] Scalars(PretrainingStep step) =>
    [
        KeyValuePair.Create(StepScalars.Loss, step.Loss),
        KeyValuePair.Create("train/gradient_norm", step.GradientNorm),
        KeyValuePair.Create("train/learning_rate", step.LearningRate),
        KeyValuePair.Create("performance/tokens_per_second", step.TokensPerSecond),
    ];

    // What cannot be written now is written at the next start.
    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or TSpinException)
        {
            _log?.Dispose();
            _log = null;
        }
    }
}
