namespace TSpin.Gguf;

/// <summary>Decides whether a model path means a GGUF file.</summary>
public static class GgufModelFile
{
    /// <summary>The GGUF file that a model path means.</summary>
    /// <param name="path">A <c>.gguf</c> file, or a folder.</param>
    /// <returns>The file itself, or a folder's only .gguf when the folder has no config.json; null when the path means something else.</returns>
    /// <exception cref="TSpinException">The folder has no config.json and several .gguf files, so it does not say which one is meant.</exception>
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

        var files = Directory.GetFiles(path, "*.gguf").Order(StringComparer.Ordinal).ToArray();
        return files switch
        {
            [] => null,
            [var only] => only,
            _ => throw new TSpinException($"{path}: has no config.json but {files.Length} GGUF files ({Path.GetFileName(files[0])}, {Path.GetFileName(files[1])}, ...). Name the file itself."),
        };
    }
}
