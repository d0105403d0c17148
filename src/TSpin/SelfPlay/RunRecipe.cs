using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>The recipe that a run folder follows: what may not change is refused before anything is written; what may is recorded, and the recipe replaced last.</summary>
internal static class RunRecipe
{
    /// <summary>Takes it.</summary>
    /// <param name="recipe">What the run is to do now.</param>
    /// <param name="folder">The run.</param>
    /// <param name="manifest">What of it is finished.</param>
    /// <param name="first">The run's first iteration.</param>
    /// <param name="progress">Whoever watches.</param>
    /// <exception cref="TSpinException">The folder holds another run, or the sources are no longer those of this one.</exception>
    public static void Take(Recipe recipe, RunFolder folder, RunManifest manifest, int first, IProgress<RunEvent>? progress)
    {
        if (!File.Exists(folder.Recipe))
        {
            RunSources.RequireUnchanged(folder.Sources, recipe, before: null);
            AtomicFile.WriteText(folder.Recipe, RecipeWriter.Write(recipe));
            return;
        }

        var before = File.ReadAllText(folder.Recipe) == RecipeWriter.Write(recipe) ? recipe : RecipeReader.Read(folder.Recipe, []);
        var changes = RecipeChanges.Between(before, recipe, folder, manifest, first);
        RunSources.RequireUnchanged(folder.Sources, recipe, before);
        if (RecipeChanges.Restarted(changes, before, recipe) is { } restarted)
        {
            StateFiles.Delete(folder.TrainingState(restarted));
        }

        foreach (var change in changes)
        {
            using var log = new JsonLinesWriter<RecipeChange>(folder.Changes);
            log.Append(change);
            var place = change.Iteration >= recipe.Training.Iterations ? "but everything is computed already"
                : $"from iteration {change.Iteration}{(change.Step > 1 ? $", step {change.Step}," : change.Step == 0 ? "'s answers" : "")} on";
            var bytes = change.SameBytes || change.Iteration >= recipe.Training.Iterations ? "" : "; from there on the last bits may be others than those of an uninterrupted run";
            progress?.Report(new Noticed(-1, $"{change.Field} is {change.Is} now, was {change.Was}, {place}{bytes}"));
        }

        if (changes.Count > 0)
        {
            AtomicFile.WriteText(folder.Recipe, RecipeWriter.Write(recipe));
        }
    }
}
