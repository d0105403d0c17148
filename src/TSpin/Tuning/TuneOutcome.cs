using TSpin.Files;

namespace TSpin.Tuning;

/// <summary>What a finished trial found: the content of its outcome.json.</summary>
/// <param name="Seconds">What it took.</param>
/// <param name="Iterations">The scores after each iteration; one for what is not trained.</param>
/// <param name="Alarms">Names of the alarms that its runs raised.</param>
public sealed record TuneOutcome(double Seconds, IReadOnlyList<TuneScores> Iterations, IReadOnlyList<string> Alarms)
{
    /// <summary>Why it came to no scores, where it diverged; else null.</summary>
    public string? Diverged { get; init; }

    /// <summary>The file's name.</summary>
    public const string FileName = "outcome.json";

    /// <summary>Reads it.</summary>
    /// <param name="folder">The trial's folder.</param>
    /// <returns>The outcome; null where the trial is not finished.</returns>
    /// <exception cref="TSpinException">It is damaged.</exception>
    public static TuneOutcome? Read(string folder) => JsonRecordFile.Read<TuneOutcome>(
        Path.Combine(folder, FileName), "damaged", $"Delete the folder {folder}; the trial is repeated.");

    /// <summary>Writes it.</summary>
    /// <param name="folder">The trial's folder.</param>
    /// <exception cref="TSpinException">It cannot be written.</exception>
    public void Write(string folder) => JsonRecordFile.Write(Path.Combine(folder, FileName), this);
}
