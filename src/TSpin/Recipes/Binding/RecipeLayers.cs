using System.Text;

namespace TSpin.Recipes.Binding;

/// <summary>
/// Gathers the layers of a recipe into one mapping: the file it extends (and that one's, and so on), the file itself, then the
/// overrides in order. Later layers win, key by key.
/// </summary>
public static class RecipeLayers
{
    /// <summary>The key that names the file a recipe builds upon.</summary>
    public const string ExtendsKey = "extends";

    private const int LargestFileBytes = 1 << 20;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a recipe file and what it extends.</summary>
    /// <param name="path">The file, as the user named it.</param>
    /// <param name="faults">Receives what is wrong.</param>
    /// <returns>The merged mapping; an empty one when the file cannot be used.</returns>
    public static MappingNode FromFile(string path, FaultList faults) => FromFile(path, [], null, faults);

    /// <summary>Parses recipe text and reads what it extends.</summary>
    /// <param name="text">The YAML text.</param>
    /// <param name="sourceName">What faults call it; relative paths start from the folder part of it, or the current directory.</param>
    /// <param name="faults">Receives what is wrong.</param>
    /// <returns>The merged mapping; an empty one when the text cannot be used.</returns>
    public static MappingNode FromText(string text, string sourceName, FaultList faults) => FromText(text, sourceName, [], faults);

    /// <summary>Lays overrides over a mapping.</summary>
    /// <param name="below">The recipe.</param>
    /// <param name="overrides">
    /// Texts <c>key.path=value</c>. A value that starts with <c>[</c>, <c>"</c> or <c>'</c> is read as YAML; any other is taken
    /// as it is, so that <c>prompt.template=Question: {prompt}</c> needs no quotes beyond the shell's.
    /// </param>
    /// <param name="faults">Receives what is wrong.</param>
    /// <returns>The merged mapping.</returns>
    public static MappingNode WithOverrides(MappingNode below, IEnumerable<string> overrides, FaultList faults)
    {
        var merged = below;
        foreach (var text in overrides)
        {
            var place = new RecipePlace($"--set {Shorten(text)}", 0, 0, Environment.CurrentDirectory);
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var keys = equals < 0 ? [] : text[..equals].Trim().Split('.');
            if (keys.Length == 0 || keys.Any(string.IsNullOrWhiteSpace))
            {
                faults.Add(place, "", "not of the form key.path=value; write for example --set training.epochs=1");
                continue;
            }

            if (keys[0] == ExtendsKey)
            {
                faults.Add(place, ExtendsKey, "\"extends\" cannot be overridden; name the other recipe file instead of this one");
                continue;
            }

            var value = OverrideValue(text[(equals + 1)..].Trim(), place, faults);
            merged = MappingNode.Merge(merged, Nest(keys, value, place));
        }

        return merged;
    }

    private static MappingNode Nest(IReadOnlyList<string> keys, RecipeNode value, RecipePlace place) =>
        (MappingNode)keys.Reverse().Aggregate(value, (inner, key) => new MappingNode(place, [new MappingEntry(key, place, inner)]));

    private static RecipeNode OverrideValue(string text, RecipePlace place, FaultList faults) =>
        text.StartsWith('[') || text.StartsWith('"') || text.StartsWith('\'')
            ? RecipeYaml.Parse(text, (_, _) => place, faults) ?? new RefusedNode(place)
            : new ScalarNode(place, text, IsQuoted: false);

    private static string Shorten(string text) => text.Length <= 100 ? text.ReplaceLineEndings("\\n") : text[..100].ReplaceLineEndings("\\n") + "...";

    private static MappingNode FromFile(string path, IReadOnlyList<string> extenders, RecipePlace? namedAt, FaultList faults)
    {
        var whole = new RecipePlace(path, 0, 0, Environment.CurrentDirectory);
        var empty = new MappingNode(whole with { Line = 1, Column = 1 }, []);
        try
        {
            var full = Path.GetFullPath(path);
            if (Directory.Exists(full))
            {
                faults.AddUnread(namedAt
                    ?? whole, ExtendsOrNothing(namedAt),
                    $"{path} is a folder; name a {faults.Kind} file (*.yaml) in it");
                return empty;
            }

            using var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFileBytes)
            {
                faults.AddUnread(whole, "",
                    $"{stream.Length} bytes are no {faults.Kind} (at most {LargestFileBytes}); was a data file named by mistake?");
                return empty;
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var text = StrictUtf8.GetString(bytes).TrimStart('\ufeff');
            return FromText(text, path, extenders, faults);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            faults.AddUnread(
                namedAt ?? whole,
                ExtendsOrNothing(namedAt),
                namedAt is null ? "no such file; check the path"
                    : $"{path}: no such file; the path starts from the folder of this {faults.Kind}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            faults.AddUnread(namedAt ?? whole, ExtendsOrNothing(namedAt), $"{path} cannot be read: {error.Message}");
        }
        catch (DecoderFallbackException error)
        {
            faults.AddUnread(whole, "", $"byte {error.Index} is not UTF-8; save the file as UTF-8");
        }

        return empty;
    }

    private static string ExtendsOrNothing(RecipePlace? namedAt) => namedAt is null ? "" : ExtendsKey;

    private static MappingNode FromText(string text, string sourceName, IReadOnlyList<string> extenders, FaultList faults)
    {
        var full = Path.GetFullPath(sourceName);
        var folder = Path.GetDirectoryName(full) ?? full;
        RecipePlace Place(int line, int column) => new(sourceName, line, column, folder);
        var empty = new MappingNode(Place(1, 1), []);
        var root = RecipeYaml.Parse(text, Place, faults);
        if (root is null or ScalarNode { IsNull: true })
        {
            return empty;
        }

        if (root is not MappingNode mapping)
        {
            faults.AddUnread(root.Place, "",
                $"{root.Show()} is not a {faults.Kind}; a {faults.Kind} is \"key: value\" lines, see {faults.Page}");
            return empty;
        }

        // Faults about the recipe as a whole point at its first line, whatever comments stand above the first key.
        mapping = mapping with { Place = Place(1, 1) };
        if (mapping.Find(ExtendsKey) is not { } extends)
        {
            return mapping;
        }

        var own = mapping with { Entries = [.. mapping.Entries.Where(entry => entry != extends)] };
        if (extends.Value is not ScalarNode { IsNull: false, Text: { Length: > 0 } other })
        {
            faults.AddUnread(extends.KeyPlace, ExtendsKey,
                $"{extends.Value.Show()} is not a file; name one {faults.Kind}, for example \"extends: base.yaml\"");
            return own;
        }

        var chain = extenders.Append(full).ToList();
        var target = PathText.Resolve(other, folder);
        if (chain.Contains(target))
        {
            var circle = string.Join(" -> ", chain.Skip(chain.IndexOf(target)).Append(target).Select(Path.GetFileName));
            faults.AddUnread(extends.KeyPlace, ExtendsKey, $"{other} leads back to itself ({circle}); remove one of these \"extends\"");
            return own;
        }

        return MappingNode.Merge(FromFile(PathText.Display(target, sourceName), chain, extends.KeyPlace, faults), own);
    }
}
