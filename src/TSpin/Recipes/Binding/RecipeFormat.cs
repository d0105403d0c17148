using System.Text;
using TSpin.Files;

namespace TSpin.Recipes.Binding;

/// <summary>A whole kind of recipe file: its table and the checks that concern several fields.</summary>
/// <typeparam name="TRecord">The recipe's record.</typeparam>
/// <param name="root">The table of the file.</param>
/// <param name="check">Reports fields that do not fit together, through <see cref="FaultList.Require"/>.</param>
/// <param name="kind">What kind of file it is, for messages.</param>
/// <param name="page">The page of docs/ that describes it.</param>
public sealed class RecipeFormat<TRecord>(Section<TRecord> root, Action<TRecord, FaultList> check,
    string kind = FaultList.RecipeKind, string page = "docs/recipes.md")
    where TRecord : class, new()
{
    private readonly SchemaEntry[] _schema = [.. root.Describe("")];

    /// <summary>The description of every key, sections before their keys.</summary>
    public IReadOnlyList<SchemaEntry> Schema => _schema;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Texts <c>key.path=value</c>, applied in order.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="RecipeException">Anything is wrong; all faults are in it.</exception>
    public TRecord Read(string path, IEnumerable<string> overrides)
    {
        var faults = new FaultList(kind, page);
        var file = RecipeLayers.FromFile(path, faults);
        if (file.Entries.Count == 0)
        {
            // Where nothing could be read, nothing is missing from it.
            faults.ThrowIfAny();
        }

        return Bind(file, overrides, faults);
    }

    /// <summary>Parses text.</summary>
    /// <param name="text">The YAML text.</param>
    /// <param name="sourceName">What faults call it; relative paths start from its folder part, or the current directory.</param>
    /// <param name="overrides">Texts <c>key.path=value</c>, applied in order.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="RecipeException">Anything is wrong; all faults are in it.</exception>
    public TRecord Parse(string text, string sourceName, IEnumerable<string> overrides)
    {
        var faults = new FaultList(kind, page);
        return Bind(RecipeLayers.FromText(text, sourceName, faults), overrides, faults);
    }

    /// <summary>Reads keys that were put together elsewhere.</summary>
    /// <param name="keys">What would stand in a file; every value has its own place.</param>
    /// <returns>The recipe.</returns>
    /// <exception cref="RecipeException">Anything is wrong; all faults are in it.</exception>
    public TRecord Bind(MappingNode keys) => Bind(keys, [], new FaultList(kind, page));

    /// <summary>Writes every field, defaults too.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <returns>YAML that reads back to an equal recipe (relative paths become absolute, from the current directory).</returns>
    public string Write(TRecord recipe)
    {
        var yaml = new StringBuilder();
        root.Write(recipe, 0, yaml);
        return yaml.ToString();
    }

    private TRecord Bind(MappingNode file, IEnumerable<string> overrides, FaultList faults)
    {
        var merged = RecipeLayers.WithOverrides(file, overrides, faults);
        faults.SetRoot(file.Place);
        ReportUnknown(merged, "", faults);
        var recipe = root.Read(merged, file.Place, "", faults);
        check(recipe, faults);
        faults.ThrowIfAny();
        return recipe;
    }

    private void ReportUnknown(MappingNode node, string prefix, FaultList faults)
    {
        var known = _schema.Where(entry => entry.Field.StartsWith(prefix, StringComparison.Ordinal) && !entry.Field.AsSpan(prefix.Length).Contains('.')).ToList();
        foreach (var entry in node.Entries)
        {
            var match = known.Find(candidate => candidate.Field == prefix + entry.Key);
            if (match is null)
            {
                faults.Add(entry.KeyPlace, prefix + YamlText.Show(entry.Key), $"unknown key; {Proposal(entry.Key, prefix, known)}");
            }
            else if (match.IsSection && entry.Value is MappingNode inner)
            {
                ReportUnknown(inner, match.Field + ".", faults);
            }
        }
    }

    private string Proposal(string key, string prefix, List<SchemaEntry> known)
    {
        var here = known.Select(entry => entry.Field[prefix.Length..]).ToList();
        if (NearestName.Find(key, here) is { } near)
        {
            return $"did you mean \"{near}\"?";
        }

        // A right key in a wrong section, or a dotted name written as one key, is a likelier slip than an invented key.
        var elsewhere = _schema.Where(entry => !entry.IsSection).ToList();
        var last = key[(key.LastIndexOf('.') + 1)..];
        var moved = elsewhere.Find(entry => entry.Field == key) ?? elsewhere.Find(entry => entry.Field[(entry.Field.LastIndexOf('.') + 1)..] == last);
        if (moved is null)
        {
            return $"known here: {string.Join(", ", here)}";
        }

        var section = moved.Field[..Math.Max(0, moved.Field.LastIndexOf('.'))];
        return $"did you mean {moved.Field}? Put \"{last}:\" {(section.Length == 0 ? "at the outermost level" : $"under \"{section}:\"")}";
    }
}
