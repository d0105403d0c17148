using TSpin.SelfPlay;

namespace TSpin.Checks;

/// <summary>What a check of evaluation is given.</summary>
/// <param name="Record">The record: JSON Lines.</param>
/// <param name="Data">
/// The folder of the data that was asked about, or a name on a hub (<c>hub:</c>, <c>hub:org/name@revision</c>) from
/// which what the record needs is fetched. Default: found near the record.
/// </param>
/// <param name="Limit">Only the first so many rows (of each run, where the record has runs). Default: all.</param>
/// <param name="Model">The model's folder, for records that hold a model's own numbers. Default: none.</param>
/// <param name="Langdetect">The folder of langdetect's profiles. Default: languages are told by Lingua.</param>
/// <param name="Punkt">The folder of nltk's parameters for sentences. Default: rules of our own.</param>
public sealed record EvaluationCheckRequest(string Record, string? Data = null, int? Limit = null,
    string? Model = null, string? Langdetect = null, string? Punkt = null)
{
    /// <summary>
    /// The folder of lm-evaluation-harness' own examples, for BBH and MATH. Default: <c>harness</c> in the data folder.
    /// </summary>
    public string? Harness { get; init; }

    /// <summary>Told of downloads. Default: nobody.</summary>
    public IProgress<RunEvent>? Progress { get; init; }
}
