using TSpin.Data;
using TSpin.Models;

namespace TSpin.Tuning;

/// <summary>What <c>tspin tune</c> is told: examples, a model, a time.</summary>
public sealed record TuneSettings
{
    /// <summary>The annotated examples: files, folders or patterns.</summary>
    public required ValueList<string> Data { get; init; }

    /// <summary>Layout of their records. Default <see cref="DataFormat.Auto"/>.</summary>
    public DataFormat Format { get; init; } = DataFormat.Auto;

    /// <summary>Which columns the texts stand in. Default: those of the format.</summary>
    public ColumnSettings Columns { get; init; } = new();

    /// <summary>The base model: a Hugging Face folder or a GGUF file.</summary>
    public required string Model { get; init; }

    /// <summary>Compute type. Default <see cref="ComputeType.Auto"/>, decided once for all trials.</summary>
    public ComputeType Dtype { get; init; } = ComputeType.Auto;

    /// <summary>Where the model runs. Default cpu.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// As <c>prompt.template</c>. Default null: the model's chat template where it has one, else the paper's.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>
    /// What to choose by: a task of lm-evaluation-harness or a task file. Default null: held-out examples.
    /// </summary>
    public string? Task { get; init; }

    /// <summary>Folder of the task's datasets. Default null: none.</summary>
    public string? Datasets { get; init; }

    /// <summary>A judge's command, for answers that are neither numbers nor labels. Default null: nobody.</summary>
    public string? Judge { get; init; }

    /// <summary>Working time in minutes, over all starts together. Default 60.</summary>
    public double Minutes { get; init; } = 60;

    /// <summary>Longest answer in tokens. Default null: by the annotated answers.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Seed of every draw. Default 42.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The folder of everything that is written. Default ./tuned.</summary>
    public string Output { get; init; } = "tuned";
}
