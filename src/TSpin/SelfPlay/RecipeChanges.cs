using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// What may be another in a recipe when a run is continued: what does not change what is computed (paths of a moved folder, saves, more iterations, the learning
/// rates of iterations that are not finished), and what changes the last bits only (how much is computed at once, and where). Anything else is another run.
/// </summary>
internal static class RecipeChanges
{
    private const string LearningRate = "training.learning_rate";
    private const string Iterations = "training.iterations";
    private const string GenerationBatch = "generation.batch_size";
    private const string NewRun = "Use another name (--run NAME), or delete the folder to start over.";

    // These change how sums are divided, and so the last bits of what follows.
    private static readonly string[] LastBits =
        ["training.tokens_per_pass", "training.micro_batch_size", "training.recompute", GenerationBatch, "evaluation.batch_size", "model.device", "distribution.threads"];

    /// <summary>Compares.</summary>
    /// <param name="before">The recipe that the run has followed so far.</param>
    /// <param name="now">The recipe that it is to follow.</param>
    /// <param name="folder">The run.</param>
    /// <param name="manifest">What of it is finished.</param>
    /// <param name="first">The run's first iteration.</param>
    /// <returns>What changed; usually nothing.</returns>
    /// <exception cref="TSpinException">Something changed that makes another run of it: names each field and both values.</exception>
    public static IReadOnlyList<RecipeChange> Between(Recipe before, Recipe now, RunFolder folder, RunManifest manifest, int first)
    {
        if (now.Training.Iterations < before.Training.Iterations)
        {
            throw new TSpinException(
                $"{folder.Path}: {Iterations} is {now.Training.Iterations}, was {before.Training.Iterations}: a run may go on for more iterations, never for fewer. {NewRun}");
        }

        var (was, wanted) = (RecipeWriter.Write(before), RecipeWriter.Write(WithFreeFieldsOf(before, now)));
        if (was != wanted)
        {
            throw new TSpinException($"{folder.Path}: holds a run with another recipe; different now: {RecipeDifference.Of(was, wanted)}. {NewRun}");
        }

        RequireFinishedRates(before.Training, now.Training, folder, manifest);
        var place = Enumerable.Range(first, Math.Max(0, now.Training.Iterations - first)).FirstOrDefault(t => !manifest.Contains(folder.Checkpoint(t)), now.Training.Iterations);
        if (now.Training.Iterations > before.Training.Iterations && place == before.Training.Iterations && place > 0 && !Directory.Exists(folder.Checkpoint(place - 1)))
        {
            throw new TSpinException(
                $"{folder.Checkpoint(place - 1)}: {Iterations} is {now.Training.Iterations}, was {before.Training.Iterations}, but the weights to go on from were not kept "
                + "(checkpoints.keep best). Start a new run (--run NAME) with model.path naming the checkpoint that was kept.");
        }

        var step = TrainingState.StepOf(folder.TrainingState(place)) + 1;
        return [.. RecipeDifference.Between(was, RecipeWriter.Write(now)).Select(change => Placed(change.Field, change.Was, change.Is))];

        RecipeChange Placed(string field, string old, string value)
        {
            var rounds = LastBits.Contains(field) || (field == Iterations && place == before.Training.Iterations && RoundedAtTheEnd(place - 1));
            var (iteration, at) = field switch
            {
                LearningRate => (place, 1),
                GenerationBatch => (Enumerable.Range(first, now.Training.Iterations).FirstOrDefault(t => !manifest.Contains(folder.Responses(t)), now.Training.Iterations), 0),
                _ => (place, step),
            };
            return new RecipeChange(field, old, value, !rounds, iteration, at, DateTimeOffset.UtcNow);
        }

        // A finished run in a narrow type has dropped the float32 weights that an uninterrupted one would have gone on with.
        bool RoundedAtTheEnd(int last) => last >= 0 && manifest.Contains(folder.Masters(last)) && !Directory.Exists(folder.Masters(last));
    }

    /// <summary>Whether the training that was under way must begin again, because its learning rate changed.</summary>
    /// <param name="changes">From <see cref="Between"/>.</param>
    /// <param name="before">As there.</param>
    /// <param name="now">As there.</param>
    /// <returns>The iteration; null where there is none.</returns>
    public static int? Restarted(IEnumerable<RecipeChange> changes, Recipe before, Recipe now) =>
        changes.FirstOrDefault(change => change.Field == LearningRate) is { Iteration: var t } && t < before.Training.Iterations
            && !before.Training.LearningRateOf(t).Equals(now.Training.LearningRateOf(t)) ? t : null;

    private static void RequireFinishedRates(TrainingSettings before, TrainingSettings now, RunFolder folder, RunManifest manifest)
    {
        for (var t = 0; t < before.Iterations; t++)
        {
            if (!before.LearningRateOf(t).Equals(now.LearningRateOf(t)) && manifest.Contains(folder.Checkpoint(t)))
            {
                var rates = Enumerable.Range(0, now.Iterations).Select(i => i < before.Iterations && manifest.Contains(folder.Checkpoint(i)) ? before.LearningRateOf(i) : now.LearningRateOf(i));
                throw new TSpinException(FormattableString.Invariant(
                    $"{folder.Path}: {LearningRate} of iteration {t}, which is finished, is {now.LearningRateOf(t)}, was {before.LearningRateOf(t)}. Give one for each iteration, with those of finished ones as they were: ")
                    + $"--set '{LearningRate}=[{string.Join(", ", rates.Select(rate => FormattableString.Invariant($"{rate}")))}]'. Or use another name (--run NAME).");
            }
        }
    }

    private static Recipe WithFreeFieldsOf(Recipe before, Recipe now) => now with
    {
        Name = before.Name,
        Model = now.Model with { Path = before.Model.Path, Device = before.Model.Device },
        Data = now.Data with
        {
            Train = before.Data.Train,
            Prompts = before.Data.Prompts is null || now.Data.Prompts is null ? now.Data.Prompts : before.Data.Prompts,
            Validation = IsFile(before.Data.Validation) && IsFile(now.Data.Validation) ? before.Data.Validation : now.Data.Validation,
        },
        Rejection = before.Rejection.Judge is null || now.Rejection.Judge is null ? now.Rejection : now.Rejection with { Judge = before.Rejection.Judge },
        Prompt = TemplateText.IsFile(before.Prompt.Template) && TemplateText.IsFile(now.Prompt.Template) ? now.Prompt with { Template = before.Prompt.Template } : now.Prompt,
        Generation = now.Generation with { BatchSize = before.Generation.BatchSize },
        Lora = before.Lora.Adapter is null || now.Lora.Adapter is null ? now.Lora : now.Lora with { Adapter = before.Lora.Adapter },
        Training = now.Training with
        {
            Iterations = before.Training.Iterations,
            LearningRate = before.Training.LearningRate,
            TokensPerPass = before.Training.TokensPerPass,
            MicroBatchSize = before.Training.MicroBatchSize,
            Recompute = before.Training.Recompute,
            SaveEverySteps = before.Training.SaveEverySteps,
        },
        Checkpoints = now.Checkpoints with { MaxShardBytes = before.Checkpoints.MaxShardBytes },
        Evaluation = now.Evaluation with
        {
            Data = before.Evaluation.Data is null || now.Evaluation.Data is null ? now.Evaluation.Data : before.Evaluation.Data,
            Datasets = before.Evaluation.Datasets is null || now.Evaluation.Datasets is null ? now.Evaluation.Datasets : before.Evaluation.Datasets,
            Harness = before.Evaluation.Harness is null || now.Evaluation.Harness is null ? now.Evaluation.Harness : before.Evaluation.Harness,
            BatchSize = before.Evaluation.BatchSize,
            Tasks = TasksWithPathsOf(before.Evaluation.Tasks, now.Evaluation.Tasks),
        },
        Logging = before.Logging,
        Distribution = before.Distribution,
        Output = before.Output,
    };

    private static bool IsFile(string? validation) => validation is not null && ValidationSplit.IsFile(validation);

    // A task's file may lie elsewhere; what it holds is watched as a source.
    private static ValueList<string> TasksWithPathsOf(ValueList<string> before, ValueList<string> now) =>
        before.Count != now.Count ? now : [.. now.Zip(before, (one, other) => TaskFile.IsOne(one) && TaskFile.IsOne(other) ? other : one)];
}
