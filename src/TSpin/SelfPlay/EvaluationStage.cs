using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>Measures the weights that an iteration left, or those before the first, and writes down what was found.</summary>
/// <param name="recipe">The run's recipe.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="inputs">The run's inputs.</param>
/// <param name="progress">Whoever watches.</param>
/// <param name="answers">How weights answer.</param>
/// <param name="ranks">The processes that share the run; null where there are no others.</param>
internal sealed class EvaluationStage(
    Recipe recipe, RunFolder folder, RunInputs inputs, IProgress<RunEvent> progress, PolicyAnswers answers, RankLeader? ranks)
{
    /// <summary>Runs the tasks. What a killed run finished of them is kept.</summary>
    /// <param name="manifest">Takes the artifacts.</param>
    /// <param name="policy">The weights.</param>
    /// <param name="tasks">What is measured.</param>
    /// <param name="distancePrompts">The prompts that the distance from the recipe's model is measured by; null: none is.</param>
    /// <param name="iteration">The iteration that trained the weights; -1 before the first.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    public void Run(
        RunManifest manifest, PolicySource policy, IReadOnlyList<IEvaluationTask> tasks, IReadOnlyList<PromptTokens>? distancePrompts, int iteration,
        CancellationToken cancellation)
    {
        var at = iteration < 0 ? folder.Initial : folder.Iteration(iteration);
        var work = new EvaluationWork(folder.EvaluationWork(iteration), notice => progress.Report(new Noticed(iteration, notice)));
        var current = policy.At(iteration + 1);
        ranks?.Share(current, iteration + 1);
        using var inference = current.ForInference(current.ComputeType);
        ranks?.Lead(inference);
        var state = answers.StateOf(policy, inference, iteration + 1);
        var model = new EvaluatedModel(
            inference, inputs.Encoder, inputs.Limits, recipe.Seed, (options, ends) => answers.GeneratorOf(state, options, ends), () => inputs.HarnessTokenizer, work, ranks?.Divide(inference));
        var watch = new Relay<GenerationProgress>(value => progress.Report(new Generated(iteration, value)));
        var found = tasks.Select(task => answers.Guard(iteration, () => task.Run(model, watch, cancellation))).ToArray();
        var answersPath = Path.Combine(at, EvaluationFiles.AnswersFile);
        EvaluationFiles.WriteAnswers(answersPath, found.SelectMany(task => task.Answers));
        manifest.Add(answersPath);
        var path = Path.Combine(at, EvaluationFiles.ResultFile);
        EvaluationFiles.WriteResult(path, new CheckpointEvaluation([.. found.Select(task => task.Result)])
        {
            Distance = distancePrompts is null ? null : answers.Guard(iteration, () => DistanceOf(model, current, distancePrompts, watch, cancellation)),
        });
        foreach (var (result, _) in found.Where(task => task.Result.Answers is [{ EndedShare: < 0.5 }, ..]))
        {
            RunAlarms.Raise(folder, new TrainingAlarm(iteration, 0, "evaluation-cut", string.Create(
                CultureInfo.InvariantCulture,
                $"{100 * (1 - result.Answers[0].EndedShare):F0}% of the answers to {result.Task} were cut at their limit. Scores of cut answers say little: raise evaluation.max_new_tokens ({recipe.Evaluation.MaxNewTokens}), or the task's own limit, in a new run, or see why the model does not end.")), progress);
        }

        manifest.Add(path);
        work.Close();
    }

    // The base is the recipe's model, also where a first stage stands before the iterations.
    private ModelDistance DistanceOf(
        EvaluatedModel model, Decoder current, IReadOnlyList<PromptTokens> prompts, IProgress<GenerationProgress> watch, CancellationToken cancellation)
    {
        using var source = new PolicySource(recipe, folder, current.ComputeType, current.Device);
        var settings = recipe.Evaluation;
        return ModelDistance.Measure(
            model, source.Initial, prompts, new SamplingOptions { MaxNewTokens = settings.MaxNewTokens, BatchSize = settings.BatchSize, StopTexts = settings.Stop },
            watch, cancellation);
    }
}
