using System.Text.Json;
using System.Text.Json.Serialization;
using TSpin.Files;

namespace TSpin.Studies;

/// <summary>One finished cell: a line of <c>ledger.jsonl</c>.</summary>
/// <param name="Cell">The cell's key, see <see cref="StudyCell.Key"/>.</param>
/// <param name="Work">Hash of everything that decides its result but the processor: recipe and files, not their paths.</param>
/// <param name="Kind">The kind of processor, see <see cref="ProcessorKind"/>.</param>
/// <param name="Method">The method's name in the study.</param>
/// <param name="Setting">Text of the setting.</param>
/// <param name="Examples">Annotated examples; null for all.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Kept">The iteration that is the result.</param>
/// <param name="Iterations">What was measured.</param>
public sealed record LedgerLine(
    string Cell, string Work, string Kind, string Method, string Setting, int? Examples, ulong Seed, int Kept, IReadOnlyList<LedgerIteration> Iterations)
{
    /// <summary>Whether the model before iteration 0 has had a supervised first stage, so that it is not the base.</summary>
    public bool HasFirstStage { get; init; }

    /// <summary>Why there is no result, where training diverged or had nothing left to train on; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Failed { get; init; }

    /// <summary>Where it stands in its ledger, from 1; 0 for a line that was not read from one.</summary>
    [JsonIgnore]
    public long Number { get; init; }

    /// <summary>The computer's name.</summary>
    public string Machine { get; init; } = "";

    /// <summary>Its processor.</summary>
    public string Processor { get; init; } = "";

    /// <summary>The program's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>The commit that it was built from, where it is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Commit { get; init; }

    /// <summary>When it was finished.</summary>
    public DateTimeOffset Finished { get; init; }

    /// <summary>Minutes that it would have taken alone.</summary>
    public double Minutes { get; init; }

    /// <summary>The part of them that it adopted from other cells.</summary>
    public double AdoptedMinutes { get; init; }

    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; }

    /// <summary>Tokens of all steps.</summary>
    public long TrainedTokens { get; init; }

    /// <summary>Tokens drawn to train on.</summary>
    public long GeneratedTokens { get; init; }

    /// <summary>Tokens of answers to tasks.</summary>
    public long EvaluatedTokens { get; init; }

    /// <summary>Where the run is, below the study's folder.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The measurements of an iteration.</summary>
    /// <param name="iteration">Zero-based; -1 before the first.</param>
    /// <returns>Null where nothing was measured.</returns>
    public LedgerIteration? Of(int iteration) => Iterations.FirstOrDefault(own => own.Iteration == iteration);

    /// <summary>The measurements of the iteration that is the result.</summary>
    [JsonIgnore]
    public LedgerIteration? Result => Of(Kept);

    /// <summary>What the cell found, without when, where and how long.</summary>
    /// <returns>The same text for lines that found the same.</returns>
    public string Finding() => JsonSerializer.Serialize(new { Kept, HasFirstStage, Steps, TrainedTokens, GeneratedTokens, EvaluatedTokens, Iterations }, JsonLinesFormat.Default);
}
