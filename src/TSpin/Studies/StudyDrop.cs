namespace TSpin.Studies;

/// <summary>Section <c>drop</c>: settings that the first seeds show to be poor get no further seeds.</summary>
public sealed record StudyDrop
{
    /// <summary>After how many seeds settings are dropped. Default null: none is.</summary>
    public int? AfterSeeds { get; init; }

    /// <summary>How many settings of each method and amount go on. Default 1.</summary>
    public int Keep { get; init; } = 1;
}
