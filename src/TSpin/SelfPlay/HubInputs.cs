using TSpin.Hub;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// The one place where names on a Hugging Face hub become paths on this machine, before a run begins. A run's own recipe then names the snapshot of a
/// commit, so that resuming it next month does not quietly go on with another model.
/// </summary>
public static class HubInputs
{
    /// <summary>Fetches what a recipe names on a hub.</summary>
    /// <param name="recipe">Any recipe; one with paths only comes back unchanged, and nobody is asked.</param>
    /// <param name="settings">Where the hub and the cache are; asked for only where a name stands in the recipe.</param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>The same recipe with local paths.</returns>
    /// <exception cref="TSpinException">As <see cref="HubSnapshot.ModelAsync"/> and <see cref="HubSnapshot.DatasetAsync"/>, with the recipe's field.</exception>
    public static Recipe Fetch(Recipe recipe, Func<HubSettings> settings, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        var adapter = recipe.Lora.Adapter is { } given && HubReference.IsMarked(given) ? given : null;
        if (!HubReference.IsMarked(recipe.Model.Path) && adapter is null && !recipe.Data.Train.Any(HubReference.IsMarked) && !(recipe.Evaluation.Data ?? []).Any(HubReference.IsMarked))
        {
            return recipe;
        }

        using var snapshot = new HubSnapshot(settings(), progress is null ? null : new Relay<HubProgress>(value => progress.Report(new Downloaded(value))));
        return recipe with
        {
            Model = !HubReference.IsMarked(recipe.Model.Path) ? recipe.Model
                : recipe.Model with { Path = Named("model.path", recipe.Model.Path, name => snapshot.ModelAsync(name, cancellation)) },
            Lora = adapter is null ? recipe.Lora : recipe.Lora with { Adapter = Named("lora.adapter", adapter, name => snapshot.ModelAsync(name, cancellation)) },
            Data = recipe.Data with { Train = [.. recipe.Data.Train.SelectMany(path => Files("data.train", path, HubSplit.Training))] },
            Evaluation = recipe.Evaluation with
            {
                Data = recipe.Evaluation.Data is not { } paths ? null : [.. paths.SelectMany(path => Files("evaluation.data", path, HubSplit.HeldOut))],
            },
        };

        IReadOnlyList<string> Files(string field, string path, HubSplit split) =>
            HubReference.IsMarked(path) ? Named(field, path, name => snapshot.DatasetAsync(name, split, cancellation)) : [path];
    }

    /// <summary>The folder of a model that is given as path or name.</summary>
    /// <param name="model">A folder, <c>org/name</c>, <c>org/name@revision</c> or <c>hub:…</c>; what exists is a path.</param>
    /// <param name="settings">As in <see cref="Fetch"/>.</param>
    /// <param name="progress">Told of downloads.</param>
    /// <param name="cancellation">Stops; what has arrived is kept.</param>
    /// <returns>A local path.</returns>
    public static string Model(string model, Func<HubSettings> settings, IProgress<RunEvent>? progress, CancellationToken cancellation)
    {
        if (HubReference.FromPathOrName(model) is not { } name)
        {
            return model;
        }

        using var snapshot = new HubSnapshot(settings(), progress is null ? null : new Relay<HubProgress>(value => progress.Report(new Downloaded(value))));
        return snapshot.ModelAsync(name, cancellation).GetAwaiter().GetResult();
    }

    private static T Named<T>(string field, string path, Func<HubReference, Task<T>> fetch)
    {
        try
        {
            return fetch(HubReference.Parse(path)).GetAwaiter().GetResult();
        }
        catch (HubUnreachableException error)
        {
            throw new HubUnreachableException($"{field}: {error.Message}", error);
        }
        catch (TSpinException error)
        {
            throw new TSpinException($"{field}: {error.Message}", error) { ExitCode = error.ExitCode };
        }
    }
}
