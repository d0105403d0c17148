using TSpin.Files;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Tuning;

/// <summary>The files that decide the trials besides the examples: model, template, task and its data, the judge.</summary>
internal static class TuneSources
{
    /// <summary>Looks at their content.</summary>
    /// <param name="recipe">Of the base.</param>
    /// <returns>By what a file is for, its path and fingerprint.</returns>
    /// <exception cref="TSpinException">One cannot be read.</exception>
    public static SortedDictionary<string, (string Path, string Fingerprint)> Of(Recipe recipe)
    {
        var found = new SortedDictionary<string, (string Path, string Fingerprint)>(StringComparer.Ordinal);
        // The examples are compared as they were read.
        foreach (var (role, path) in RunSources.Files(recipe with { Data = recipe.Data with { Train = [] } }))
        {
            found[role] = (path, FileFingerprint.Of(path));
        }

        return found;
    }

    /// <summary>Refuses to go on with other content.</summary>
    /// <param name="folder">The folder of the whole.</param>
    /// <param name="before">Fingerprints at the first start; null where an earlier version wrote none.</param>
    /// <param name="now">What is there now.</param>
    /// <exception cref="TSpinException">A file changed, is gone, or is new.</exception>
    public static void Require(string folder, IReadOnlyDictionary<string, string>? before,
        IReadOnlyDictionary<string, (string Path, string Fingerprint)> now)
    {
        if (before is null)
        {
            return;
        }

        foreach (var role in before.Keys.Union(now.Keys)
            .Where(role => before.GetValueOrDefault(role) != now.GetValueOrDefault(role).Fingerprint))
        {
            var what = !now.ContainsKey(role) ? "gone" : before.ContainsKey(role) ? "changed" : "new";
            throw new TSpinException(
                $"{now.GetValueOrDefault(role).Path ?? role}: {what} since {folder} was begun, and trials of both cannot be compared. Give another --out, or put the file back as it was.");
        }
    }
}
