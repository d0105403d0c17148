using TSpin.Checkpoints;
using TSpin.Evaluation.Tasks;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// Supervised fine-tuning before a run's first iteration: a run of method sft with one iteration, in the folder
/// <c>sft</c> of the run. Its checkpoint is an ordinary one, and the model that the run itself begins with.
/// </summary>
internal static class FirstStage
{
    /// <summary>The recipe of the stage.</summary>
    /// <param name="recipe">The run's; its section <c>sft</c> is on.</param>
    /// <returns>
    /// At most validation examples are looked at, which a part of the data may be: the run evaluates the stage's
    /// result as its starting model.
    /// </returns>
    public static Recipe Of(Recipe recipe) => recipe with
    {
        Name = "sft",
        Method = Methods.Sft,
        Sft = new(),
        Rejection = new(),
        Generation = recipe.Generation with { CutResponses = CutResponses.Keep, MixPrevious = false },
        Objective = new(),
        Training = recipe.Training with
        {
            Iterations = 1,
            Epochs = recipe.Sft.Epochs,
            LearningRate = [recipe.Sft.LearningRate],
            Stop = new(),
            Taught = new(),
        },
        Checkpoints = recipe.Checkpoints with { Keep = CheckpointKeeping.Last },
        Evaluation = recipe.Evaluation with
        {
            Data = null,
            Datasets = null,
            Tasks = [Gsm8kTask.TaskName],
            Initial = false,
            Distance = null,
        },
    };

    /// <summary>The recipe from whose model the iterations start.</summary>
    /// <param name="recipe">The run's.</param>
    /// <param name="folder">The run.</param>
    /// <returns>
    /// The same where there is no such stage; else with the stage's checkpoint as its model or its adapter.
    /// </returns>
    public static Recipe After(Recipe recipe, RunFolder folder)
    {
        if (!recipe.Sft.IsOn)
        {
            return recipe;
        }

        var checkpoint = new RunFolder(folder.Sft).Checkpoint(0);
        return recipe.Lora.IsOn ? recipe with { Lora = recipe.Lora with { Adapter = checkpoint } }
            : recipe with { Model = recipe.Model with { Path = checkpoint } };
    }

    /// <summary>Whoever watches the run sees the stage before the first iteration.</summary>
    /// <param name="progress">The run's.</param>
    /// <returns>The stage's.</returns>
    public static IProgress<RunEvent>? Watched(IProgress<RunEvent>? progress)
    {
        return progress is null ? null : new Relay<RunEvent>(value => progress.Report(value switch
        {
            StageStarted started => started with { Iteration = -1, Stage = StageNames.FirstStage },
            _ => value with { Iteration = -1 },
        }));
    }
}
