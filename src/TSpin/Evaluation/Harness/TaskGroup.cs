namespace TSpin.Evaluation.Harness;

/// <summary>Tasks that are reported together.</summary>
/// <param name="Name">The group's name: <c>mmlu_stem</c>.</param>
/// <param name="Members">Names of tasks and groups, in order.</param>
/// <param name="Metrics">What is averaged over all tasks below it, each weighted by its rows.</param>
public sealed record TaskGroup(string Name, IReadOnlyList<string> Members, IReadOnlyList<string> Metrics)
{
    /// <summary>What tables call it. Default: <see cref="Name"/>.</summary>
    public string Alias { get; init; } = Name;

    /// <summary>Its version, as results give it. Default: it has none.</summary>
    public string Version { get; init; } = "N/A";
}
