using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Optimization;

namespace TSpin.SelfPlay;

/// <summary>The alarms of a run: kept in alarms.jsonl, each of an iteration once, however often the run is stopped and continued.</summary>
internal static class RunAlarms
{
    /// <summary>Writes an alarm down and shows it, unless that was done before.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="alarm">The alarm; step 0 is before the first step.</param>
    /// <param name="progress">Whoever watches.</param>
    public static void Raise(RunFolder folder, TrainingAlarm alarm, IProgress<RunEvent>? progress)
    {
        if (File.Exists(folder.Alarms)
            && JsonLinesReader.Read<TrainingAlarm>(folder.Alarms, ignoreTornLastLine: true).Any(known => known.Iteration == alarm.Iteration && known.Name == alarm.Name))
        {
            return;
        }

        using var log = new JsonLinesWriter<TrainingAlarm>(folder.Alarms);
        log.Append(alarm);
        progress?.Report(new Noticed(alarm.Iteration, $"{alarm.Name}: {alarm.Message}", IsAlarm: true));
    }
}
