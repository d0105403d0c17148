namespace TSpin.Evaluation.Harness;

/// <summary>The dataset of a task, in the Hub's words.</summary>
/// <param name="Path">The dataset: <c>allenai/ai2_arc</c>.</param>
/// <param name="Name">Its configuration: <c>ARC-Easy</c>. Null: the only one.</param>
/// <param name="Training">The split that few-shot examples come from where <paramref name="FewShot"/> names none; null for none.</param>
/// <param name="Validation">The split that is evaluated where there is no <paramref name="Test"/>; null for none.</param>
/// <param name="Test">The split that is evaluated; null for none.</param>
/// <param name="FewShot">The split that few-shot examples are drawn from. Null: training, else validation, else test.</param>
public sealed record TaskData(string Path, string? Name = null, string? Training = null, string? Validation = null, string? Test = null, string? FewShot = null)
{
    /// <summary>Other names of the same dataset, which data folders may use.</summary>
    public IReadOnlyList<string> OtherPaths { get; init; } = [];

    /// <summary>The split that is evaluated.</summary>
    public string Evaluated => Test ?? Validation ?? throw new InvalidOperationException($"{Path}: a task evaluates a test or a validation split");

    /// <summary>The split that few-shot examples are drawn from.</summary>
    public string Shots => FewShot ?? Training ?? Validation ?? Evaluated;

    /// <summary>Whether the question itself is kept out of its examples: the harness compares the names of the two splits as they are written, none with none too.</summary>
    public bool ShotsLeaveOutTheQuestion => FewShot == Test;
}
