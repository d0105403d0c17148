using System.Text.RegularExpressions;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Distribution;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Recipes.Binding;

namespace TSpin.Recipes;

// What must hold between fields, and of names.
public static partial class RecipeTables
{
    private const double LowestTemperature = 1e-6;   // as SamplingOptions has it

    private static void Check(Recipe recipe, FaultList faults)
    {
        var (prompt, training) = (recipe.Prompt, recipe.Training);
        faults.Require(
            training.LearningRate.Count == 1 || training.LearningRate.Count == training.Iterations,
            ["training.learning_rate", "training.iterations"],
            $"{training.LearningRate.Count} learning rates for {training.Iterations} iterations; give one number for all, or one for each");
        faults.Require(
            prompt.MaxPromptTokens + recipe.Generation.MaxNewTokens <= prompt.MaxSequenceTokens,
            ["prompt.max_sequence_tokens", "prompt.max_prompt_tokens", "generation.max_new_tokens"],
            $"{prompt.MaxSequenceTokens} tokens do not hold a prompt of {prompt.MaxPromptTokens} (prompt.max_prompt_tokens) and a response of {recipe.Generation.MaxNewTokens} "
                + "(generation.max_new_tokens); raise it, or lower one of the two");
        var isMeasured = recipe.Data.Validation is not null || recipe.Evaluation.Data is not null || recipe.Evaluation.Datasets is not null || recipe.Evaluation.Tasks is not [Gsm8kTask.TaskName];
        faults.Require(
            recipe.Checkpoints.Keep != CheckpointKeeping.Best || isMeasured,
            ["checkpoints.keep", "data.validation", "evaluation.data"],
            "best needs a score to compare by; keep some examples with data.validation, name a file in evaluation.data, or keep last or all");
        faults.Require(
            training.Stop.Patience is null || isMeasured,
            ["training.stop.patience", "data.validation", "evaluation.data"],
            "stopping needs a score to compare by; keep some examples with data.validation, or name a file in evaluation.data");
        IReadOnlyList<string> measured = [.. recipe.Data.Validation is null ? Array.Empty<string>() : [ValidationTask.TaskName], .. EvaluationTasks.ResultsOf(recipe.Evaluation)];
        faults.Require(
            training.Stop.Metric is not { } metric || measured.Contains(CheckpointChoice.TaskOf(metric))
                || (CheckpointChoice.TaskOf(metric) != ValidationTask.TaskName && recipe.Evaluation.Tasks.Any(TaskFile.IsOne)),
            ["training.stop.metric", "evaluation.tasks", "data.validation"],
            $"\"{training.Stop.Metric}\" is of no task that the recipe measures; it measures {string.Join(", ", measured)}");
        faults.Require(
            recipe.Evaluation.Datasets is not null || !recipe.Evaluation.Tasks.Any(name => EvaluationTasks.IsOfHarness(name, recipe.Evaluation)),
            ["evaluation.tasks", "evaluation.datasets"],
            "tasks of lm-evaluation-harness ask the datasets in evaluation.datasets; name that folder");
        faults.Require(
            recipe.Evaluation.ValidationMetric != ValidationMetric.Judge || recipe.Evaluation.Judge is not null,
            ["evaluation.validation_metric", "evaluation.judge"],
            "judge needs a judge's command; name it in evaluation.judge, or take another metric");
        faults.Require(
            recipe.Generation.Temperature is 0 or >= LowestTemperature,
            ["generation.temperature"],
            FormattableString.Invariant($"{recipe.Generation.Temperature} is too near 0 to divide by; use 0 for the most probable token, or {LowestTemperature} and more"));
        faults.Require(
            recipe.Distribution.Sharding != ShardingKind.Full || !recipe.Model.Device.StartsWith("cuda", StringComparison.Ordinal),
            ["distribution.sharding", "model.device"],
            $"full divides models in the memory of the CPU, not on {recipe.Model.Device}; use sharding optimizer, or device cpu");
        faults.Require(
            recipe.Evaluation.Distance is null || recipe.Distribution.Sharding != ShardingKind.Full,
            ["evaluation.distance", "distribution.sharding"],
            "the distance is measured in one process with the whole starting model, which sharding full is there to avoid; leave evaluation.distance out, or use sharding optimizer");
        if (recipe.Method.Check(recipe.Objective) is { } fault)
        {
            faults.Require(false, [$"objective.{fault.Key}", "method"], fault.Message);
        }

        faults.Require(
            recipe.Objective.SftWeight == 0 || WithLikelihood.Fits(recipe.Method.Create(recipe.Objective.At(0), 0)),
            ["objective.sft_weight", "method"],
            $"it adds the likelihood of the annotated responses, which method {recipe.Method.Name} has already; leave it out");
        faults.Require(
            recipe.Method.Uses(ResponseRole.Synthetic) || recipe.Generation is { CutResponses: CutResponses.Keep, MixPrevious: false },
            [recipe.Generation.MixPrevious ? "generation.mix_previous" : "generation.cut_responses", "method"],
            $"method {recipe.Method.Name} trains on no synthetic responses; leave it out");

        CheckTaught(recipe, faults);
        CheckRejection(recipe, faults);
        CheckColumns("data", recipe.Data.Columns, recipe.Data.Format, faults);
        CheckColumns("evaluation", recipe.Evaluation.Columns, recipe.Evaluation.Format, faults);
    }

    private static void CheckTaught(Recipe recipe, FaultList faults)
    {
        if (recipe.Training.Taught.Below is null)
        {
            return;
        }

        var objective = recipe.Method.Create(recipe.Objective.At(0), 0);
        faults.Require(
            recipe.Method.Uses(ResponseRole.Synthetic) && TripletWeights.Fits(objective)
                && !recipe.Method.Uses(ResponseRole.EarlierSynthetic) && !recipe.Method.Uses(ResponseRole.Rejected),
            ["training.taught.below", "method"],
            $"it asks what y against y' still teaches, and method {recipe.Method.Name} does not compare them by their log-probabilities alone; "
                + "leave it out, or use a method of self-play such as tspin or spin");
        faults.Require(
            recipe.Objective.SftWeight == 0,
            ["training.taught.below", "objective.sft_weight"],
            "the likelihood of the annotated responses (objective.sft_weight) teaches at every prompt; leave one of the two out");
        faults.Require(
            !recipe.Generation.MixPrevious,
            ["training.taught.below", "generation.mix_previous"],
            "with mix_previous an iteration trains on responses of the one before, which a prompt that was left out has not; leave one of the two out");
    }

    private static void CheckRejection(Recipe recipe, FaultList faults)
    {
        var (rejection, prompts) = (recipe.Rejection, recipe.Data.Prompts);
        faults.Require(
            prompts is null || rejection.IsOn,
            ["data.prompts", "rejection.draws"],
            "prompts without annotated answers are for rejection sampling; state how many answers are drawn to each (rejection.draws), or leave them out");
        faults.Require(
            !rejection.IsOn || prompts is not null || rejection.Annotated,
            ["rejection.draws", "data.prompts", "rejection.annotated"],
            "there are no prompts to answer; name a file in data.prompts, or set rejection.annotated");
        faults.Require(
            !rejection.IsOn || rejection.Judge is not null == (rejection.Accept == AnswerCheck.Judge),
            ["rejection.judge", "rejection.accept"],
            rejection.Judge is null ? "accept judge needs the judge's command; name it" : "a judge is asked with accept: judge alone; say so, or leave it out");
        faults.Require(
            !rejection.IsOn || !recipe.Sft.IsOn,
            ["rejection.draws", "sft.epochs"],
            "rejection sampling asks the starting model, before supervised fine-tuning could have made another of it; make two runs of it: sft, then this from its checkpoint");
        faults.Require(
            !rejection.IsOn || !recipe.Method.Uses(ResponseRole.Rejected),
            ["rejection.draws", "method"],
            $"accepted answers have no rejected ones beside them, which method {recipe.Method.Name} trains on; leave it out, or use another method");
    }

    private static void CheckColumns(string section, ColumnSettings columns, DataFormat format, FaultList faults)
    {
        faults.Require(
            columns.Messages is null || (columns.Prompt is null && columns.Response is null),
            [$"{section}.columns.messages", $"{section}.columns.prompt", $"{section}.columns.response"],
            "a list of turns holds prompt and response already; name messages, or prompt and response");
        var fitting = columns.Messages is null ? DataFormat.PromptResponse : DataFormat.Messages;
        faults.Require(
            !columns.IsAny || format == DataFormat.Auto || format == fitting || (fitting == DataFormat.Messages && format == DataFormat.ShareGpt),
            [$"{section}.format", $"{section}.columns.prompt", $"{section}.columns.response", $"{section}.columns.messages"],
            $"{section}.columns replaces the names of format {Format.Write(fitting)}; leave the format at auto, or remove the columns");
    }

    private static string? TaskFault(string name) => TaskFile.IsOne(name) || EvaluationTasks.AllNames.Contains(name) || HarnessTasks.Knows(name) ? null
        : $"{YamlText.Show(name, quoted: true)} is no task; {(NearestName.Find(name, [.. EvaluationTasks.AllNames]) is { } near ? $"did you mean \"{near}\"? It is" : "it is")} one of {string.Join(", ", EvaluationTasks.AllNames)}";

    private static string? NameFault(string name) =>
        IsName().IsMatch(name) ? null : $"{YamlText.Show(name)} cannot name a run folder; use 1 to 100 of a-z 0-9 - _ . starting with a letter or digit";

    private static string? DeviceFault(string device) =>
        IsDevice().IsMatch(device) ? null : $"{YamlText.Show(device)} is not a device; use cpu, cuda (the first GPU), or cuda:N with the GPU's number";

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IsName();

    [GeneratedRegex(@"^(cpu|cuda(:(0|[1-9][0-9]{0,2}))?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex IsDevice();
}
