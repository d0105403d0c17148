using TSpin.Files;

namespace TSpin.Tuning;

/// <summary>What a later start of the same command must know: the content of state.json.</summary>
/// <param name="Settings">What decides the trials, by name; another value means another folder.</param>
/// <param name="Type">The compute type that was decided.</param>
/// <param name="SpentSeconds">Working time so far, over all starts.</param>
public sealed record TuneState(SortedDictionary<string, string> Settings, string Type, double SpentSeconds)
{
    /// <summary>Fingerprints of model, template, task and judge, by what a file is for; null in files of earlier
    /// versions.</summary>
    public SortedDictionary<string, string>? Sources { get; init; }

    /// <summary>Whether adapters are trained, as was decided at the first start; null as for
    /// <see cref="Sources"/>.</summary>
    public bool? IsAdapter { get; init; }

    /// <summary>Whether blocks are computed again in backward, as was decided then.</summary>
    public bool Recompute { get; init; }

    /// <summary>What was said of that; null for nothing.</summary>
    public string? Memory { get; init; }

    private const string FileName = "state.json";

    /// <summary>Reads it.</summary>
    /// <param name="folder">The folder of the whole.</param>
    /// <returns>The state; null where nothing was begun.</returns>
    /// <exception cref="TSpinException">It is damaged.</exception>
    public static TuneState? Read(string folder) => JsonRecordFile.Read<TuneState>(
        Path.Combine(folder, FileName), "damaged", $"Give another --out, or delete the folder {folder}.");

    /// <summary>Writes it.</summary>
    /// <param name="folder">The folder of the whole.</param>
    /// <exception cref="TSpinException">It cannot be written.</exception>
    public void Write(string folder) => JsonRecordFile.Write(Path.Combine(folder, FileName), this);

    /// <summary>Refuses to go on with other settings.</summary>
    /// <param name="folder">The folder of the whole.</param>
    /// <param name="now">What decides the trials now.</param>
    /// <exception cref="TSpinException">A value is another one.</exception>
    public void Require(string folder, IReadOnlyDictionary<string, string> now)
    {
        foreach (var (name, value) in now.Where(setting => Settings.GetValueOrDefault(setting.Key) != setting.Value))
        {
            throw new TSpinException(
                $"{folder}: was begun with {name} \"{Settings.GetValueOrDefault(name)}\", now it is \"{value}\", and trials of both cannot be compared. Give another --out, or the same {name}.");
        }
    }
}
