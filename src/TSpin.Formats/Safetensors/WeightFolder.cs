using TSpin.Files;

namespace TSpin.Safetensors;

/// <summary>
/// The weights of a Hugging Face model folder: <c>model.safetensors</c>, or <c>model.safetensors.index.json</c> with its shards, all
/// memory-mapped, seen as one set of named tensors.
/// </summary>
public sealed unsafe class WeightFolder : IDisposable
{
    /// <summary>The file name of weights in one piece.</summary>
    public const string SingleFileName = "model.safetensors";

    /// <summary>The file name of the index of weights in shards.</summary>
    public const string IndexFileName = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files;
    private readonly Dictionary<string, SafetensorsFile> _fileOfTensor = new(StringComparer.Ordinal);

    private WeightFolder(string folder, List<SafetensorsFile> files)
    {
        Folder = folder;
        _files = files;
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var (name, entry) in file.Tensors)
            {
                if (!tensors.TryAdd(name, entry))
                {
                    throw new TSpinException(
                        $"{file.Path}: tensor {Excerpt.Of(name)} is also in {_fileOfTensor[name].Path}. The shards are of different checkpoints; download them again into an empty folder.");
                }

                _fileOfTensor.Add(name, file);
            }
        }

        Tensors = tensors;
    }

    /// <summary>The folder's full path.</summary>
    public string Folder { get; }

    /// <summary>All tensors by name, over all shards.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The open files, one or a shard each, by file name.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>The files that <see cref="Open"/> would open, for those that hash or watch them.</summary>
    /// <param name="folder">Any folder.</param>
    /// <returns>The full paths of one file or of all shards, in the order of their names; none where the folder has no such weights.</returns>
    /// <exception cref="TSpinException">The index is damaged.</exception>
    public static IReadOnlyList<string> FilesOf(string folder)
    {
        var single = Path.Combine(Path.GetFullPath(folder), SingleFileName);
        var index = Path.Combine(Path.GetFullPath(folder), IndexFileName);
        return File.Exists(single) ? [single]
            : File.Exists(index) ? [.. WeightIndex.Read(index).FileOfTensor.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => Path.Combine(Path.GetFullPath(folder), name))]
            : [];
    }

    /// <summary>Opens the weights in a folder and checks every header, and the index against the shards.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <returns>The open weights; dispose after the last use of their bytes.</returns>
    /// <exception cref="TSpinException">
    /// No folder, no safetensors (pickled <c>.bin</c> weights are refused: loading them would execute code), a shard missing, damaged or
    /// outside the folder, or index and shards disagree.
    /// </exception>
    public static WeightFolder Open(string folder)
    {
        var full = Path.GetFullPath(folder);
        if (!Directory.Exists(full))
        {
            throw new TSpinException($"{full}: there is no such folder. Name a Hugging Face model folder (config.json, {SingleFileName}, tokenizer.json).");
        }

        var files = new List<SafetensorsFile>();
        try
        {
            var single = Path.Combine(full, SingleFileName);
            var index = Path.Combine(full, IndexFileName);

            // The order transformers looks for them.
            if (File.Exists(single))
            {
                files.Add(SafetensorsFile.Open(single));
            }
            else if (File.Exists(index))
            {
                OpenShards(WeightIndex.Read(index), full, files);
            }
            else
            {
                throw NoWeights(full);
            }

            return new WeightFolder(full, files);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>The first byte of a tensor: valid until <see cref="Dispose"/>, never to be written through.</summary>
    /// <param name="entry">One of <see cref="Tensors"/>.</param>
    /// <returns>A pointer to <see cref="TensorEntry.ByteLength"/> readable bytes.</returns>
    public byte* Pointer(TensorEntry entry) => FileOf(entry).Pointer(entry);

    /// <summary>A tensor's bytes, for tensors below 2 GiB.</summary>
    /// <param name="entry">One of <see cref="Tensors"/>.</param>
    /// <returns>The bytes, valid until <see cref="Dispose"/>.</returns>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry) => FileOf(entry).Bytes(entry);

    /// <summary>The file that holds a tensor.</summary>
    /// <param name="entry">One of <see cref="Tensors"/>.</param>
    /// <returns>One of <see cref="Files"/>.</returns>
    public SafetensorsFile FileOf(TensorEntry entry) => _fileOfTensor.TryGetValue(entry.Name, out var file)
        ? file
        : throw new ArgumentException($"{Folder} does not hold {entry.Name}.", nameof(entry));

    /// <summary>Closes all files; every pointer and span into them becomes invalid.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static void OpenShards(WeightIndex index, string folder, List<SafetensorsFile> files)
    {
        foreach (var shard in index.FileOfTensor.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, shard);
            if (!File.Exists(path))
            {
                throw new TSpinException($"{path}: this shard is named in {index.Path} but missing. Download the checkpoint again.");
            }

            var file = SafetensorsFile.Open(path);
            files.Add(file);
            // A tensor that the index forgot is read all the same, as transformers 5 does; one that it places elsewhere would be there twice.
            if (file.Tensors.Keys.FirstOrDefault(name => index.FileOfTensor.TryGetValue(name, out var placed) && placed != shard) is { } stray)
            {
                throw new TSpinException(
                    $"{path}: holds tensor {Excerpt.Of(stray)}, which {index.Path} places in {Excerpt.Of(index.FileOfTensor[stray])}. Index and shards are of different checkpoints; download them again into an empty folder.");
            }
        }

        var found = files.SelectMany(file => file.Tensors.Keys).ToHashSet(StringComparer.Ordinal);
        if (index.FileOfTensor.FirstOrDefault(row => !found.Contains(row.Key)) is { Key: { } lost, Value: var expected })
        {
            throw new TSpinException($"{index.Path}: places tensor {Excerpt.Of(lost)} in {Excerpt.Of(expected)}, which does not hold it. Download the checkpoint again.");
        }
    }

    private static TSpinException NoWeights(string folder)
    {
        var names = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray();
        var pickled = names.FirstOrDefault(name => name.EndsWith(".bin", StringComparison.Ordinal) || name.EndsWith(".pt", StringComparison.Ordinal) || name.EndsWith(".pth", StringComparison.Ordinal) || name.EndsWith(".bin.index.json", StringComparison.Ordinal));
        return pickled is null
            ? new TSpinException($"{folder}: holds neither {SingleFileName} nor {IndexFileName}. Name a Hugging Face model folder with its weights downloaded.")
            : new TSpinException(
                $"{folder}: its weights are pickled ({pickled}), and reading a pickle executes code from the file, so TSpin never does. Convert it once where you trust it: AutoModelForCausalLM.from_pretrained(folder).save_pretrained(other_folder, safe_serialization=True), or download the checkpoint's safetensors files.");
    }
}
