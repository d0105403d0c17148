using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Tuning;

/// <summary>Measures a model as it is, with the files of a run's evaluation before training.</summary>
internal static class BaseEvaluation
{
    /// <summary>Evaluates, or goes on where a killed process stopped.</summary>
    /// <param name="recipe">Model, prompt, examples and tasks.</param>
    /// <param name="folder">Where to: the files stand in its folder <c>initial</c>, as a run's.</param>
    /// <param name="progress">Whoever watches.</param>
    /// <param name="cancellation">Stops; finished answers are kept.</param>
    public static void Run(Recipe recipe, string folder, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        var run = new RunFolder(folder);
        var inputs = new RunInputs(recipe, run, progress: null);
        var (_, _, validation) = inputs.ReadAnnotated();
        var tasks = inputs.Tasks(validation, []);
        progress?.Report(new StageStarted(-1, StageNames.Evaluating, AlreadyDone: false));
        using var decoder = Load(recipe, inputs);
        var work = new EvaluationWork(run.EvaluationWork(-1), notice => progress?.Report(new Noticed(-1, notice)));
        var model = new EvaluatedModel(decoder, inputs.Encoder, inputs.Limits, recipe.Seed,
            harnessTokenizer: () => inputs.HarnessTokenizer, work: work);
        var watch = new Relay<GenerationProgress>(value => progress?.Report(new Generated(-1, value)));
        var found = tasks.Select(task => task.Run(model, watch, cancellation)).ToArray();
        EvaluationFiles.WriteAnswers(Path.Combine(run.Initial, EvaluationFiles.AnswersFile),
            found.SelectMany(task => task.Answers));
        EvaluationFiles.WriteResult(Path.Combine(run.Initial, EvaluationFiles.ResultFile),
            new CheckpointEvaluation([.. found.Select(task => task.Result)]));
        work.Close();
    }

    /// <summary>Loads a recipe's model to answer and to score, and nothing else.</summary>
    /// <param name="recipe">Names it, its type and its device.</param>
    /// <param name="inputs">The recipe's.</param>
    /// <returns>The model, with a head.</returns>
    public static Decoder Load(Recipe recipe, RunInputs inputs)
    {
        var device = AvailableDevice.Parse(recipe.Model.Device, "model.device");
        var type = ComputeTypeChoice.Decide(recipe.Model.Dtype, inputs.Config.HiddenSize, device);
        var decoder = DecoderLoader.Load(recipe.Model.Path, type, type, device);
        DecoderLoader.RequireHead(decoder, recipe.Model.Path);
        return decoder;
    }
}
