using Microsoft.Extensions.Logging;
using TSpin.Checkpoints;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>All who watch a run: its telemetry, its TensorBoard events where the recipe wants them, and whoever the
/// host named.</summary>
internal sealed class RunWatchers : IProgress<RunEvent>
{
    private readonly RunEventLog? _events;
    private readonly RunTelemetry _telemetry;

    /// <param name="recipe">The run's recipe.</param>
    /// <param name="folder">The run.</param>
    /// <param name="progress">Whom the host named; may be null.</param>
    /// <param name="loggers">Makes the logger; may be null.</param>
    public RunWatchers(Recipe recipe, RunFolder folder, IProgress<RunEvent>? progress, ILoggerFactory? loggers)
    {
        _events = recipe.Logging.Tensorboard ? new RunEventLog(recipe, folder, progress) : null;
        _telemetry = new RunTelemetry(recipe, Path.GetFileName(folder.Path), loggers?.CreateLogger(Telemetry.Name),
            _events ?? progress);
    }

    /// <inheritdoc/>
    public void Report(RunEvent value) => _telemetry.Report(value);

    /// <summary>Runs the run, and tells how it ended.</summary>
    public void Around(Action run)
    {
        _telemetry.Begin();
        try
        {
            run();
            _telemetry.End(null);
        }
        catch (Exception error)
        {
            _telemetry.End(error);
            throw;
        }
    }

    /// <summary>Closes the events, while the run's folder is still held.</summary>
    public void CloseEvents(bool isFinished) => _events?.Close(isFinished);
}
