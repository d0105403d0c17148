namespace TSpin.Recipes;

/// <summary>Section <c>output</c>: where runs are put.</summary>
public sealed record OutputSettings
{
    /// <summary>The folder that holds one folder per run. Default <c>runs</c>, below the current directory.</summary>
    public string Directory { get; init; } = "runs";
}
