using TSpin.Data;

namespace TSpin.Cli;

/// <summary>Says on the error stream what of some data was not used.</summary>
internal static class DataNotice
{
    /// <summary>Writes what there is to say, in one line.</summary>
    /// <param name="set">What was read.</param>
    /// <param name="error">The error stream.</param>
    public static void Write(ExampleSet set, TextWriter error) => Write(set.NotUsed, set.Skipped.Count, error);

    /// <summary>Writes what there is to say, in one line.</summary>
    /// <param name="notUsed">Keys that change what records mean, with counts.</param>
    /// <param name="skipped">How many records were left out.</param>
    /// <param name="error">The error stream.</param>
    public static void Write(string notUsed, int skipped, TextWriter error)
    {
        string[] said = [skipped > 0 ? $"{skipped} bad {(skipped == 1 ? "record" : "records")} left out" : "", notUsed];
        if (said.Any(text => text.Length > 0))
        {
            error.WriteLine(string.Join("; ", said.Where(text => text.Length > 0)));
        }
    }
}
