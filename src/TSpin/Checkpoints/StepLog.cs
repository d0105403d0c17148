using TSpin.Files;

namespace TSpin.Checkpoints;

/// <summary>Log files of a stage that is continued from an earlier step.</summary>
public static class StepLog
{
    /// <summary>Drops the lines of steps that will be done again, so that a step stands in the log once.</summary>
    /// <typeparam name="T">Record of a line.</typeparam>
    /// <param name="path">The log; may be absent.</param>
    /// <param name="keep">Which lines stay.</param>
    public static void KeepSteps<T>(string path, Func<T, bool> keep)
    {
        if (!File.Exists(path))
        {
            return;
        }

        var kept = JsonLinesReader.Read<T>(path, ignoreTornLastLine: true).Where(keep).ToArray();
        JsonLinesFile.Write(path, kept);
    }
}
