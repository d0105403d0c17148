using System.Text.Json.Serialization;
using TSpin.Files;

namespace TSpin.SelfPlay;

/// <summary>Content of run.json.</summary>
/// <param name="Id">The run's name: that of its folder.</param>
/// <param name="Method">tspin, spin, sft, ...</param>
/// <param name="Started">First start.</param>
/// <param name="Iterations">Iterations in all.</param>
/// <param name="Status">running, stopped or finished.</param>
public sealed record RunStatus(string Id, string Method, DateTimeOffset Started, int Iterations, string Status)
{
    /// <summary>The iteration after which the run ended, because none since the best was better; null, and not written, where it went through all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? StoppedAfter { get; init; }

    /// <summary>Reads run.json.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Its content; null where there is no file.</returns>
    /// <exception cref="TSpinException">The file is damaged.</exception>
    public static RunStatus? Read(string path) =>
        JsonRecordFile.Read<RunStatus>(path, "not the status of a run", "Delete this file; it is written anew.");
}
