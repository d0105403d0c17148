using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Scoring;

namespace TSpin.SelfPlay;

/// <summary>
/// Which prompts an iteration leaves out because they no longer teach. A triplet is measured where training first saw it in an
/// iteration, with a y' of that iteration that nothing was trained on yet. Below the recipe's threshold its prompt is left
/// out of the iterations that follow, until so many have passed that it is looked at again. What decides is in the run's
/// folder, so a continued run leaves out the same.
/// </summary>
internal sealed class TaughtPrompts(Recipe recipe, RunFolder folder, RunInputs inputs, IProgress<RunEvent>? progress)
{
    private const double NearlyAll = 0.9;

    /// <summary>What an iteration leaves out; nothing where the recipe leaves nothing out.</summary>
    public static IReadOnlyList<TaughtLine> Read(Recipe recipe, RunFolder folder, int iteration) =>
        recipe.Training.Taught.Below is null || !File.Exists(folder.Taught(iteration)) ? [] : [.. JsonLinesReader.Read<TaughtLine>(folder.Taught(iteration))];

    /// <summary>Decides, unless that was done before.</summary>
    /// <param name="manifest">The run's.</param>
    /// <param name="examples">All examples.</param>
    /// <param name="iteration">t, from 0.</param>
    /// <returns>The prompts that iteration t answers and trains on.</returns>
    public IReadOnlyList<PromptTokens> Without(RunManifest manifest, PreparedExamples examples, int iteration)
    {
        if (recipe.Training.Taught.Below is not { } below || iteration == 0)
        {
            return examples.Prompts;
        }

        var path = folder.Taught(iteration);
        if (manifest.Contains(path))
        {
            manifest.Verify(path);
        }
        else
        {
            var decided = Decide(examples, iteration, below);
            Directory.CreateDirectory(folder.Iteration(iteration));
            JsonLinesFile.Write(path, decided.Count < examples.Prompts.Count ? decided : []);
            manifest.Add(path);
            Say(decided.Count, examples.Prompts.Count, iteration);
        }

        var taught = Read(recipe, folder, iteration).Select(line => line.Index).ToHashSet();
        return taught.Count == 0 ? examples.Prompts : [.. examples.Prompts.Where(prompt => !taught.Contains(prompt.Index))];
    }

    private void Say(int taught, int all, int iteration)
    {
        if (taught > 0)
        {
            progress?.Report(new Noticed(iteration, taught == all
                ? $"all {all} prompts no longer teach (training.taught): all are looked at again"
                : $"{taught} of {all} prompts no longer teach and are left out (training.taught)"));
        }

        if (taught >= NearlyAll * all)
        {
            RunAlarms.Raise(folder, new TrainingAlarm(iteration, 0, "prompts-taught", string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{taught} of {all} prompts no longer teach: what is left is little to learn from, and steps are few. End the run here (its best iteration stays), add annotated examples, or lower training.taught.below.")), progress);
        }
    }

    private List<TaughtLine> Decide(PreparedExamples examples, int iteration, double below)
    {
        var last = iteration - 1;
        // Not measured in the last iteration: left out of it already.
        List<TaughtLine> taught = [.. Read(recipe, folder, last).Where(line => iteration - line.Measured < recipe.Training.Taught.LookAgain)];
        taught.AddRange(Measure(examples, last).Where(line => line.Weight < below));
        return [.. taught.OrderBy(line => line.Index)];
    }

    private IEnumerable<TaughtLine> Measure(PreparedExamples examples, int iteration)
    {
        var triplets = inputs.BuildTriplets(examples, iteration, says: false);
        var objective = recipe.Method.ObjectiveOf(recipe.Objective, iteration);
        ReferenceLogProbs[]? reference = objective.NeedsReference ? [.. JsonLinesReader.Read<ReferenceLogProbs>(folder.Reference(iteration))] : null;
        var seen = new Dictionary<int, ReferenceLogProbs>();
        foreach (var line in JsonLinesReader.Read<TripletMetrics>(folder.TripletMetrics(iteration)))
        {
            seen.TryAdd(line.Index, new ReferenceLogProbs(line.LogProbAnnotated, line.LogProbSynthetic, line.LogProbProtoSynthetic));
        }

        int[] measured = [.. Enumerable.Range(0, triplets.Count).Where(i => seen.ContainsKey(triplets[i].Index))];
        var weights = TripletWeights.Of(
            objective, recipe.Objective.LogProb, [.. measured.Select(i => triplets[i])], [.. measured.Select(i => seen[triplets[i].Index])],
            reference is null ? null : [.. measured.Select(i => reference[i])]);
        var scale = recipe.Method.Scale(recipe.Objective.At(iteration));
        return measured.Select((i, k) => new TaughtLine(triplets[i].Index, iteration, weights[k] / scale));
    }
}
