namespace TSpin.SelfPlay;

/// <summary>Says in which fields two effective recipes differ.</summary>
internal static class RecipeDifference
{
    private const int Shown = 5;

    /// <summary>The fields that differ, each with both values.</summary>
    /// <param name="before">Text of <see cref="Recipes.RecipeWriter"/>.</param>
    /// <param name="now">Another such text.</param>
    /// <returns><c>training.epochs is 3, was 2; ...</c>, five at most.</returns>
    public static string Of(string before, string now)
    {
        var changes = Between(before, now).Select(change => $"{change.Field} is {change.Is}, was {change.Was}").ToArray();
        return string.Join("; ", changes.Take(Shown)) + (changes.Length > Shown ? $"; and {changes.Length - Shown} more" : "");
    }

    /// <summary>The fields that differ.</summary>
    /// <param name="before">Text of <see cref="Recipes.RecipeWriter"/>.</param>
    /// <param name="now">Another such text.</param>
    /// <returns>Each with both values, <c>absent</c> where a text has none.</returns>
    public static IEnumerable<(string Field, string Was, string Is)> Between(string before, string now)
    {
        var (old, current) = (Fields(before), Fields(now));
        return current.Keys.Union(old.Keys).Where(name => old.GetValueOrDefault(name) != current.GetValueOrDefault(name))
            .Select(name => (name, old.GetValueOrDefault(name) ?? "absent", current.GetValueOrDefault(name) ?? "absent"));
    }

    /// <summary>The fields of an effective recipe, by their full names. The writer puts one on a line, below its
    /// section; items of a list follow their name.</summary>
    /// <param name="yaml">Text of <see cref="Recipes.RecipeWriter"/>.</param>
    /// <returns>Values as written; those of a list with blanks between.</returns>
    public static Dictionary<string, string> Fields(string yaml)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var parents = new Stack<(int Indent, string Name)>();
        foreach (var line in yaml.Split('\n').Where(line => line.Trim().Length > 0 && !line.TrimStart().StartsWith('#')))
        {
            var text = line.Trim();
            var indent = line.Length - line.TrimStart().Length;
            var isItem = text.StartsWith("- ", StringComparison.Ordinal);
            while (parents.TryPeek(out var parent) && (isItem ? parent.Indent > indent : parent.Indent >= indent))
            {
                parents.Pop();
            }

            var colon = isItem ? -1 : text.IndexOf(':', StringComparison.Ordinal);
            var name = string.Join('.', parents.Reverse().Select(parent => parent.Name).Append(colon < 0 ? "" : text[..colon])).TrimEnd('.');
            var value = colon < 0 ? text : text[(colon + 1)..].Trim();
            if (colon >= 0)
            {
                parents.Push((indent, text[..colon]));
            }

            if (value.Length > 0)
            {
                fields[name] = fields.TryGetValue(name, out var earlier) ? $"{earlier} {value}" : value;
            }
        }

        return fields;
    }
}
