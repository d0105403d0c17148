namespace TSpin.Gguf;

/// <summary>Decides whether a model path means a GGUF file.</summary>
public static class GgufModelFile
{
    /// <summary>The GGUF file that a model path means.</summary>
    /// <param name="path">A <c>.gguf</c> file, or a folder.</param>
    /// <returns>The file itself, or the only model (of one file, or the first of its parts) in a folder without config.json; null when the path means something else.</returns>
    /// <exception cref="TSpinException">The folder has no config.json and several GGUF models, so it does not say which one is meant.</exception>
    public static string? Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? path : null;
        }

        if (File.Exists(Path.Combine(path, "config.json")))
        {
            return null;
        }

        // Parts of one model count once.
        var files = Directory.GetFiles(path, "*.gguf").Select(file => GgufParts.Paths(file)[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return files switch
        {
            [] => null,
            [var only] => only,
            _ => throw new TSpinException($"{path}: has no config.json but {files.Length} GGUF files ({Path.GetFileName(files[0])}, {Path.GetFileName(files[1])}, ...). Name the file itself."),
        };
    }

    /// <summary>All files of a model, for those that copy, hash or count them.</summary>
    /// <param name="path">A file that <see cref="Find"/> gave.</param>
    /// <returns>The file, or all parts of its model by name, whether they are there or not.</returns>
    public static IReadOnlyList<string> Files(string path) => GgufParts.Paths(path);
}
