using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Distribution;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Logging;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;

namespace TSpin.Recipes;

/// <summary>
/// Everything that decides a run: read from YAML by <see cref="RecipeReader"/>, written by <see cref="RecipeWriter"/>. Two equal
/// recipes on the same files and machine give the same run. Paths in a recipe that was read are absolute.
/// </summary>
public sealed record Recipe
{
    /// <summary>What the run is called: 1 to 100 of <c>a-z 0-9 - _ .</c>, starting with a letter or digit. Default <c>run</c>.</summary>
    public string Name { get; init; } = "run";

    /// <summary>How it trains. Default <see cref="Methods.TSpin"/>.</summary>
    public Method Method { get; init; } = Methods.TSpin;

    /// <summary>The one seed of the run, from which every draw derives its own. Default 42.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The starting model. Its path has no default.</summary>
    public ModelSettings Model { get; init; } = new();

    /// <summary>The annotated examples. The training file has no default.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>How a prompt becomes text and how long it may be.</summary>
    public PromptSettings Prompt { get; init; } = new();

    /// <summary>How synthetic and proto-synthetic responses are sampled.</summary>
    public GenerationSettings Generation { get; init; } = new();

    /// <summary>The constants of the loss.</summary>
    public ObjectiveSettings Objective { get; init; } = new();

    /// <summary>Supervised fine-tuning before the first iteration; off unless epochs are given.</summary>
    public SftSettings Sft { get; init; } = new();

    /// <summary>Rejection sampling before the first iteration; off unless draws are given.</summary>
    public RejectionSettings Rejection { get; init; } = new();

    /// <summary>The loop and its optimizer.</summary>
    public TrainingSettings Training { get; init; } = new();

    /// <summary>An adapter to train instead of the model; off unless a rank is given.</summary>
    public LoraSettings Lora { get; init; } = new();

    /// <summary>Which weights are kept.</summary>
    public CheckpointSettings Checkpoints { get; init; } = new();

    /// <summary>How several processes share the run.</summary>
    public DistributionSettings Distribution { get; init; } = new();

    /// <summary>What each iteration is measured on.</summary>
    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>What is written besides for other programs to watch.</summary>
    public LoggingSettings Logging { get; init; } = new();

    /// <summary>Where runs are put.</summary>
    public OutputSettings Output { get; init; } = new();
}
