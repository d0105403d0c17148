using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Recipes;

namespace TSpin.Tuning;

/// <summary>What is left in the folder: the model or the prompt, the recipe that repeats it, the report, tune.json.</summary>
internal sealed class TuneOutput(TuneSettings settings, TuneWorld world, TuneTrials trials)
{
    private static readonly JsonSerializerOptions Indented =
        new(JsonLinesFormat.Default) { WriteIndented = true, NewLine = "\n" };

    private readonly TunePlaces _places = new(settings.Output);

    /// <summary>Clears what a killed process left beside the model.</summary>
    public void Mend() => CheckpointFolder.Mend(_places.Model);

    /// <summary>Puts the chosen one where it is looked for, and takes away what an earlier choice left there.</summary>
    /// <param name="result">The choice.</param>
    /// <param name="checkpoint">Gives its weights, where it was trained.</param>
    public void WriteModel(TuneResult result, Func<string> checkpoint)
    {
        var chosen = result.Chosen.Candidate;
        if (chosen.IsTrained)
        {
            CheckpointFolder.Copy(checkpoint(), _places.Model);
            AtomicFile.WriteText(_places.Recipe, RecipeWriter.Write(RecipeOf(result)));
        }
        else
        {
            CheckpointFolder.Delete(_places.Model);
            File.Delete(_places.Recipe);
        }

        File.Delete(_places.PromptText);
        if (chosen.Kind != TuneKind.Prompted)
        {
            File.Delete(_places.PromptTemplate);
            return;
        }

        // The same examples as were tried; of folds those that are drawn from all.
        var shown = trials.Shown(world.Split.IsFolded ? null : world.Split.Validations[0], settings.Output);
        if (!File.Exists(shown.Template))
        {
            AtomicFile.WriteText(_places.PromptText, shown.Template);
        }
    }

    /// <summary>Writes report.md, report.html and tune.json.</summary>
    /// <param name="result">What was found so far.</param>
    public void WriteReport(TuneResult result)
    {
        var report = new TuneReport(settings, _places, result);
        AtomicFile.WriteText(_places.Markdown, report.ToMarkdown());
        AtomicFile.WriteText(_places.Html, report.ToHtml());
        AtomicFile.WriteText(_places.Json, Json(result).ToJsonString(Indented) + "\n");
    }

    // The run that made the model, in one: of folds the one on all examples; T-SPIN after SFT with SFT as its first stage.
    private Recipe RecipeOf(TuneResult result)
    {
        var recipe = world.Recipes.Of(result.Chosen.Candidate,
            world.Split.IsFolded ? null : world.Split.Validations[0], null, result.Chosen.Iteration + 1);
        return recipe with
        {
            Name = "tuned",
            Checkpoints = new() { Keep = CheckpointKeeping.Last },
            Evaluation = recipe.Evaluation with { Initial = true },
            Output = new() { Directory = _places.Again },
        };
    }

    private static JsonObject Json(TuneResult result)
    {
        var basis = result.Tried[0];
        return new JsonObject
        {
            ["complete"] = result.IsComplete,
            ["sentence"] = result.Verdict.Sentence,
            ["notes"] = new JsonArray([.. result.Verdict.Notes.Select(note => JsonValue.Create(note))]),
            ["chosen"] = result.Chosen.Candidate.Name,
            ["metric"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(result.Metric.Kind.ToString()),
            ["examples"] = result.Chosen.Result!.Scores.Count,
            ["found"] = new JsonArray([.. result.Sentences.Select(sentence => JsonValue.Create(sentence))]),
            ["seconds"] = Math.Round(result.SpentSeconds, 1),
            ["trials"] = new JsonArray([.. result.Trials.Select(trial => Json(trial, basis))]),
        };
    }

    private static JsonObject Json(TuneTrial trial, TuneTrial basis)
    {
        var json = new JsonObject
        {
            ["name"] = trial.Candidate.Name,
            ["title"] = trial.Candidate.Title,
            ["kind"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(trial.Candidate.Kind.ToString()),
            ["learning_rate"] = trial.Candidate.Rate,
            ["folder"] = trial.Folder,
        };
        if (trial.Result is not { } found)
        {
            json["not_tried"] = trial.Reason;
            return json;
        }

        var difference = TuneChoice.Difference(basis.Result!.Scores, found.Scores);
        json["score"] = found.Mean;
        json["standard_error"] = Evaluation.MeanScore.Of([.. found.Scores]).StandardError;
        json["difference"] = difference.Difference;
        json["difference_half_width_95"] = difference.HalfWidth;
        json["iteration"] = trial.Candidate.IsTrained ? trial.Iteration : null;
        json["by_iteration"] = new JsonArray([.. trial.Outcome!.Iterations.Select(own => JsonValue.Create(own.Mean))]);
        json["answer_tokens"] = found.AnswerTokens;
        json["cut_share"] = found.CutShare;
        json["seconds"] = Math.Round(trial.Outcome.Seconds, 1);
        json["alarms"] = new JsonArray([.. trial.Outcome.Alarms.Select(alarm => JsonValue.Create(alarm))]);
        return json;
    }
}
