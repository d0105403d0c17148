using TSpin.Evaluation;
using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>What a study does: the content of its YAML file, see <see cref="StudyFile"/>.</summary>
public sealed record StudySettings
{
    /// <summary>What it is called. Default: its file's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The recipe that all cells share, with everything that it extends. Must be stated.</summary>
    public MappingNode? Recipe { get; init; }

    /// <summary>What is compared. Must be stated.</summary>
    public ValueList<StudyMethod> Methods { get; init; } = [];

    /// <summary>Amounts of annotated examples to train on, validation not counted. Default none: all that there are.</summary>
    public ValueList<int> Examples { get; init; } = [];

    /// <summary>The seeds of the runs. Must be stated.</summary>
    public ValueList<ulong> Seeds { get; init; } = [];

    /// <summary>The keys whose values are tried for every method that has no grid of its own. Default: none.</summary>
    public ValueList<StudyAxis> Grid { get; init; } = [];

    /// <summary>The score by which a setting is chosen for each method and amount. Default <c>validation</c>.</summary>
    public string ChooseOn { get; init; } = ValidationTask.TaskName;

    /// <summary>The scores that are reported and compared. Default none: the first of every task but that of
    /// <see cref="ChooseOn"/>.</summary>
    public ValueList<string> ReportOn { get; init; } = [];

    /// <summary>Answers by which each iteration's distance from the base is measured, where the recipe does not say; 0 for
    /// none. Default 32.</summary>
    public int Distance { get; init; } = 32;

    /// <summary>Which settings get no further seeds.</summary>
    public StudyDrop Drop { get; init; } = new();

    /// <summary>How intervals are drawn.</summary>
    public StudyBootstrap Bootstrap { get; init; } = new();

    /// <summary>Whether the weights of finished cells stay on disk. Default false.</summary>
    public bool KeepWeights { get; init; }

    /// <summary>Where the study's folder is put. Default <c>runs</c>.</summary>
    public string Output { get; init; } = "runs";

    /// <summary>The file, for messages.</summary>
    public string File { get; init; } = "";

    /// <summary>The study's folder.</summary>
    public string Folder => Path.GetFullPath(Path.Combine(Output, Name));
}
