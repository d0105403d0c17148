using System.Text.Json;
using System.Text.RegularExpressions;

namespace TSpin.Data;

/// <summary>
/// The files that a path in a recipe means: itself, the data files of a folder, or those that a pattern such as
/// <c>data/train_sft-*.parquet</c> fits; the parts of a data set in their natural order (part-2 before part-10).
/// </summary>
public static partial class SourceFiles
{
    // Files of different kinds in one folder do not belong together.
    private static readonly (string Kind, string[] Extensions)[] Kinds =
        [("Parquet", [".parquet"]), ("Arrow", [".arrow", ".feather"]), ("JSON", [".jsonl", ".ndjson", ".json"]), ("CSV", [".csv", ".tsv", ".tab"])];
    private static readonly string[] PackedExtensions = [".gz", ".zst", ".zstd"];

    // What data sets keep beside their data.
    private static readonly string[] Descriptions = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "package.json"];
    private static readonly string[] SplitWords = ["train", "training", "test", "validation", "valid", "val", "dev", "eval", "evaluation"];

    /// <summary>Finds the files.</summary>
    /// <param name="path">A file, a folder, or a pattern with <c>*</c> or <c>?</c> in its last part.</param>
    /// <returns>The files in natural order; a path that does not exist stands for itself, and reading it says so.</returns>
    /// <exception cref="TSpinException">A folder or pattern has no data files, or files of several splits or kinds.</exception>
    public static IReadOnlyList<string> Expand(string path)
    {
        if (Directory.Exists(path))
        {
            return Folder(path);
        }

        var name = Path.GetFileName(path);
        if (File.Exists(path) || !path.AsSpan().ContainsAny('*', '?'))
        {
            return [path];
        }

        var folder = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        if (folder.AsSpan().ContainsAny('*', '?'))
        {
            throw new TSpinException($"{path}: * and ? may stand in the last part of a path only; name the folder");
        }

        if (!Directory.Exists(folder))
        {
            throw new TSpinException($"{path}: there is no folder {folder}; check the path (in a recipe it starts from the recipe's folder)");
        }

        var files = InOrder(Guarded(folder, () => Directory.GetFiles(folder, name, new EnumerationOptions { MatchCasing = MatchCasing.CaseSensitive })));
        return files.Length > 0 ? files : throw new TSpinException($"{path}: no file fits; {folder} holds {Listed(Guarded(folder, () => Directory.GetFiles(folder)))}");
    }

    private static string[] Folder(string folder)
    {
        var files = DataFiles(folder);
        if (SavedSplits(folder) is { } splitsOf && files.Length == 0)
        {
            return splitsOf is [] ? throw new TSpinException($"{folder}: dataset_dict.json names no split that is there; copy the folder whole, or save the data set again")
                : splitsOf is [var only] ? Folder(Path.Combine(folder, only)) : throw new TSpinException(
                $"{folder}: holds several splits ({string.Join(", ", splitsOf.Take(10))}), which do not belong together; name one, for example {Path.Combine(folder, splitsOf[0])}");
        }

        if (files.Length == 0 && Directory.Exists(Path.Combine(folder, "data")))
        {
            files = DataFiles(Path.Combine(folder, "data"));
        }

        if (files.Length == 0)
        {
            throw new TSpinException(
                $"{folder}: is a folder without data files (.jsonl, .ndjson, .json, .csv, .tsv, these with .gz or .zst, .parquet, .arrow); it holds {Listed(Guarded(folder, () => Directory.GetFiles(folder)))}. Name a file, or the folder of the data");
        }

        var splits = files.Select(Stem).Distinct(StringComparer.Ordinal).ToArray();
        if (splits.Length > 1 && splits.Any(split => Words().Split(split.ToLowerInvariant()).Any(word => SplitWords.Contains(word))))
        {
            throw new TSpinException(
                $"{folder}: holds several splits ({string.Join(", ", splits.Take(10))}), which do not belong together; "
                + $"name one, for example {Path.Combine(Path.GetDirectoryName(files[0])!, splits[^1])}*");
        }

        return files;
    }

    private static string[] DataFiles(string folder)
    {
        if (SavedShards(folder) is { } shards)
        {
            return shards;
        }

        var files = Guarded(folder, () => Directory.GetFiles(folder)).Where(file => !Path.GetFileName(file).StartsWith('.') && !Descriptions.Contains(Path.GetFileName(file))).ToArray();
        var found = Kinds.Select(kind => (kind.Kind, Files: files.Where(file => kind.Extensions.Contains(Extension(file))).ToArray())).Where(kind => kind.Files.Length > 0).ToArray();
        if (found.Length > 1)
        {
            throw new TSpinException(
                $"{folder}: holds {string.Join(" and ", found.Select(kind => kind.Kind))} files ({Listed([.. found.SelectMany(kind => kind.Files)])}); "
                + $"name those of one kind, for example {Path.Combine(folder, "*" + Path.GetExtension(found[0].Files[0]))}");
        }

        return found.Length == 0 ? [] : InOrder(found[0].Files);
    }

    // What datasets' save_to_disk wrote: state.json names the shards. Beside them may lie the caches of later steps, which are no data of their own.
    private static string[]? SavedShards(string folder)
    {
        var path = Path.Combine(folder, "state.json");
        if (Described(path) is not { } state || !state.TryGetProperty("_data_files", out var shards) || shards.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var files = new List<string>();
        foreach (var shard in shards.EnumerateArray())
        {
            var name = shard.ValueKind == JsonValueKind.Object && shard.TryGetProperty("filename", out var file) && file.ValueKind == JsonValueKind.String ? file.GetString()! : "";
            files.Add(name.Length > 0 && Path.GetFileName(name) == name && File.Exists(Path.Combine(folder, name))
                ? Path.Combine(folder, name)
                : throw new TSpinException($"{path}: names the data file \"{name}\", which is not in the folder; copy the folder whole, or save the data set again"));
        }

        return files.Count > 0 ? [.. files] : null;
    }

    // And a dictionary of data sets: a folder for each split.
    private static string[]? SavedSplits(string folder) =>
        Described(Path.Combine(folder, "dataset_dict.json")) is { } dictionary && dictionary.TryGetProperty("splits", out var splits) && splits.ValueKind == JsonValueKind.Array
            ? [.. splits.EnumerateArray().Where(split => split.ValueKind == JsonValueKind.String).Select(split => split.GetString()!).Where(split => Directory.Exists(Path.Combine(folder, split)))]
            : null;

    private static JsonElement? Described(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    private static string[] InOrder(string[] files) => [.. files.Order(NaturalOrder.Instance)];

    private static string Extension(string file)
    {
        var name = file.ToLowerInvariant();
        return Path.GetExtension(PackedExtensions.Contains(Path.GetExtension(name)) ? name[..name.LastIndexOf('.')] : name);
    }

    // The name of the split: without the parts' numbers and the extensions.
    private static string Stem(string file)
    {
        var name = Path.GetFileName(file);
        return Shard().Replace(name[..name.IndexOf('.', StringComparison.Ordinal)], "");
    }

    private static string Listed(string[] files) => files.Length switch
    {
        0 => "no files",
        <= 8 => string.Join(", ", files.Select(Path.GetFileName).Order(NaturalOrder.Instance)),
        _ => $"{string.Join(", ", files.Select(Path.GetFileName).Order(NaturalOrder.Instance).Take(8))} and {files.Length - 8} more",
    };

    private static string[] Guarded(string folder, Func<string[]> list)
    {
        try
        {
            return list();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{folder}: cannot be listed: {error.Message}", error);
        }
    }

    [GeneratedRegex("[-_.](part)?[-_]?[0-9]+([-_]of[-_][0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();

    [GeneratedRegex("[-_.]", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
