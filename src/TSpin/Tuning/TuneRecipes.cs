using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Evaluation.Tasks;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Tuning;

/// <summary>The recipe of every candidate: an ordinary one.</summary>
/// <param name="settings">What the user said.</param>
/// <param name="facts">Of model and examples.</param>
/// <param name="examples">The cleaned examples' file.</param>
/// <param name="turns">Which turns in it are annotated.</param>
/// <param name="count">How many they are.</param>
/// <param name="metric">What all runs judge held-out examples by.</param>
/// <param name="type">What all trials compute in.</param>
public sealed class TuneRecipes(
    TuneSettings settings, TuneFacts facts, string examples, AnnotatedTurns turns, int count, ValidationMetric metric,
    ComputeType type)
{
    /// <summary>Rounds of self-play.</summary>
    public const int Iterations = 3;

    private const int EpochsOfSelfPlay = 2;
    private const int LoraRank = 16;

    /// <summary>The adapter that is trained in place of the model; off where the model fits.</summary>
    public LoraSettings Lora { get; private set; } = new();

    /// <summary>Whether blocks are computed again in backward to save memory.</summary>
    public bool Recompute { get; private set; }

    /// <summary>Decides whether the model, or only an adapter, can be trained.</summary>
    /// <param name="availableBytes">Memory of the machine or the device.</param>
    /// <returns>A sentence where it is not the whole model; else null.</returns>
    /// <exception cref="TSpinException">Not even an adapter fits.</exception>
    public string? FitInto(long availableBytes)
    {
        var whole = Bytes();
        if (whole <= availableBytes)
        {
            return null;
        }

        var sizes = $"training the whole model needs about {Files.DiskSpace.Shown(whole)}, there are {Files.DiskSpace.Shown(availableBytes)}";
        Lora = Adapter;
        if (Bytes() > availableBytes)
        {
            Recompute = true;
            if (Bytes() is var least && least > availableBytes)
            {
                throw new TSpinException(
                    $"--model {settings.Model}: {sizes}, and a low-rank adapter needs {Files.DiskSpace.Shown(least)}. Take a smaller model, or a machine with more memory.");
            }
        }

        return $"{sizes}: low-rank adapters of rank {LoraRank} are trained instead";

        long Bytes() => RunPlan.Of(Of(new TuneCandidate(TuneKind.TSpin, 1e-5), null, null)).MemoryBytes;
    }

    /// <summary>Takes what <see cref="FitInto"/> decided at an earlier start.</summary>
    /// <param name="isAdapter">Whether adapters are trained.</param>
    /// <param name="recompute">Whether blocks are computed again in backward.</param>
    public void GoOn(bool isAdapter, bool recompute)
    {
        Lora = isAdapter ? Adapter : new LoraSettings();
        Recompute = recompute;
    }

    /// <summary>What is measured of the base, with or without examples in the prompt.</summary>
    /// <param name="validation">As <c>data.validation</c> has it.</param>
    /// <param name="template">As <c>prompt.template</c> has it; null: as for all.</param>
    /// <param name="promptTokens">Longest prompt; null: as for all.</param>
    /// <returns>A recipe that is evaluated, not run.</returns>
    public Recipe OfBase(string? validation, string? template = null, int? promptTokens = null)
    {
        var recipe = Common(validation);
        var prompt = promptTokens ?? recipe.Prompt.MaxPromptTokens;
        return recipe with
        {
            Prompt = recipe.Prompt with
            {
                Template = template ?? recipe.Prompt.Template,
                MaxPromptTokens = prompt,
                MaxSequenceTokens = Math.Max(recipe.Prompt.MaxSequenceTokens,
                    prompt + Math.Max(facts.LongestAnswerTokens, facts.MaxNewTokens) + 1),
            },
        };
    }

    /// <summary>The recipe of a trained candidate.</summary>
    /// <param name="candidate">What is tried.</param>
    /// <param name="validation">As <c>data.validation</c> has it; null: all examples are trained on.</param>
    /// <param name="start">The checkpoint that it goes on from; null: the base, or for T-SPIN after SFT a first stage
    /// within the run.</param>
    /// <param name="iterations">Rounds. Default: all of the kind.</param>
    /// <returns>The recipe.</returns>
    public Recipe Of(TuneCandidate candidate, string? validation, string? start, int? iterations = null)
    {
        var recipe = Common(validation);
        var isSft = candidate.Kind == TuneKind.Sft;
        recipe = recipe with
        {
            Name = candidate.Name,
            Method = isSft ? Methods.Sft : Methods.TSpin,
            Generation = recipe.Generation with { MaxNewTokens = facts.MaxNewTokens, Stop = facts.Stop },
            Objective = isSft ? new() : new() { Alpha = TuneRates.Alpha(facts.MeanAnswerTokens), Beta = 0.1 },
            Training = Training(candidate.Rate!.Value, isSft ? TuneRates.Epochs(count) : EpochsOfSelfPlay)
                with
            { Iterations = iterations ?? (isSft ? 1 : Iterations) },
            Lora = Lora,
            Checkpoints = new() { Keep = CheckpointKeeping.All },
            Evaluation = recipe.Evaluation with { Initial = false },
        };
        return (start, candidate.Kind, candidate.Start) switch
        {
            ({ } from, _, _) when Lora.IsOn => recipe with { Lora = Lora with { Adapter = from } },
            ({ } from, _, _) => recipe with { Model = recipe.Model with { Path = from } },
            (null, TuneKind.SftThenTSpin, { Rate: { } rate }) =>
                recipe with { Sft = new() { Epochs = TuneRates.Epochs(count), LearningRate = rate } },
            _ => recipe,
        };
    }

    private static LoraSettings Adapter => new() { Rank = LoraRank, Alpha = 2 * LoraRank };

    private TrainingSettings Training(double rate, int epochs) => new()
    {
        Epochs = epochs,
        LearningRate = [rate],
        Optimizer = OptimizerKind.AdamW,
        Schedule = LearningRateSchedule.Linear,
        BatchSize = TuneRates.BatchSize(count),
        MicroBatchSize = TuneRates.BatchSize(count),
        Recompute = Recompute,
    };

    private Recipe Common(string? validation) => new()
    {
        Seed = settings.Seed,
        Model = new() { Path = Path.GetFullPath(settings.Model), Dtype = type, Device = settings.Device },
        Data = new() { Train = [Path.GetFullPath(examples)], Turns = turns, Validation = validation },
        Prompt = new()
        {
            Template = facts.Template,
            MaxPromptTokens = Math.Max(1, facts.LongestPromptTokens),
            MaxSequenceTokens = Math.Max(2, Math.Max(
                facts.LongestPromptTokens + Math.Max(facts.LongestAnswerTokens, facts.MaxNewTokens + 1),
                    new PromptSettings().MaxSequenceTokens)),
        },
        Evaluation = new()
        {
            Tasks = [settings.Task is { } task ? Named(task) : Gsm8kTask.TaskName],
            Datasets = settings is { Task: not null, Datasets: { } folder } ? Path.GetFullPath(folder) : null,
            MaxNewTokens = facts.MaxNewTokens,
            Stop = facts.Stop,
            Judge = settings.Judge,
            ValidationMetric = metric,
        },
        Output = new() { Directory = new TunePlaces(settings.Output).Trials },
    };

    private static string Named(string task) => TaskFile.IsOne(task) ? Path.GetFullPath(task) : task;
}
