namespace TSpin.Evaluation.UserTasks;

/// <summary>How answers are scored: exact match with the reference, or a judge of the user's own.</summary>
public sealed record UserMetricSettings
{
    /// <summary>Whether exact match takes upper and lower case for the same. Default: false.</summary>
    public bool IgnoresCase { get; init; }

    /// <summary>Whether exact match leaves out ASCII punctuation. Default: false.</summary>
    public bool IgnoresPunctuation { get; init; }

    /// <summary>The judge's command, run by <c>sh</c> in the task file's folder. Default: null, exact match.</summary>
    public string? Command { get; init; }

    /// <summary>How long it may take for all answers, in seconds. Default: 600.</summary>
    public double TimeoutSeconds { get; init; } = 600;

    /// <summary>What the judge's score is called. Default: <c>score</c>.</summary>
    public string Name { get; init; } = "score";

    /// <summary>Whether a larger score is a better one. Default: true.</summary>
    public bool HigherIsBetter { get; init; } = true;
}
