using TSpin.Files;
using TSpin.Gguf;
using TSpin.Models;
using TSpin.Tokenizers.Gguf;

namespace TSpin.Checkpoints;

/// <summary>
/// Makes a Hugging Face folder out of new weights and the tokenizer and configuration files of the model they came from. The folder is
/// made under a temporary name and renamed at the end: a checkpoint is whole or it is not there.
/// </summary>
public static class CheckpointFolder
{
    private const string TemporarySuffix = ".tmp";

    /// <summary>Writes a checkpoint folder, in place of one that is already there.</summary>
    /// <param name="folder">The checkpoint folder.</param>
    /// <param name="sourceFolder">
    /// The Hugging Face folder to copy <see cref="ModelFiles"/> from; must have config.json. Or a GGUF file, or a folder with one: what it
    /// says of the model and its tokenizer is written as such files.
    /// </param>
    /// <param name="writeWeights">
    /// Gets the temporary folder, with the copies in it, and writes the weights there (<see cref="Safetensors.ShardedWriter"/>); may replace
    /// a copy, for example config.json when the element type changes.
    /// </param>
    /// <exception cref="TSpinException">The source has no config.json, or the folder can't be written.</exception>
    public static void Write(string folder, string sourceFolder, Action<string> writeWeights)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var source = Path.GetFullPath(sourceFolder);
        if (!File.Exists(Path.Combine(source, "config.json")) && GgufModelFile.Find(source) is null)
        {
            throw new TSpinException($"{source}: has no config.json, so it is not a Hugging Face model folder. Name the folder of the model the weights came from.");
        }

        WriteWhole(full, "the checkpoint could not be written", temporary =>
        {
            CopyOrMakeFiles(source, temporary);
            writeWeights(temporary);
        });
    }

    /// <summary>Copies a checkpoint folder, in place of one that is already there.</summary>
    /// <param name="source">The checkpoint; all of its files are copied.</param>
    /// <param name="folder">The copy.</param>
    /// <exception cref="TSpinException">There is no such checkpoint, or the copy can't be written.</exception>
    public static void Copy(string source, string folder)
    {
        if (!Directory.Exists(source) || !Directory.EnumerateFiles(source).Any())
        {
            throw new TSpinException($"{source}: there is no such checkpoint, so {folder} stays as it was. Restore it from a copy, or delete its run's folder to repeat the run.");
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        WriteWhole(full, "could not be written", temporary =>
        {
            foreach (var file in Directory.EnumerateFiles(source))
            {
                using var stream = OpenSource(file);
                AtomicFile.Write(Path.Combine(temporary, Path.GetFileName(file)), stream.CopyTo);
            }
        });
    }

    /// <summary>Puts back what a process killed between two renames left aside, and removes what it left half
    /// written.</summary>
    /// <param name="folder">The checkpoint folder, which nobody else writes.</param>
    /// <exception cref="TSpinException">It can't be moved or deleted.</exception>
    public static void Mend(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var old = $"{full}.old{TemporarySuffix}";
        try
        {
            if (!Directory.Exists(full) && Directory.Exists(old))
            {
                Directory.Move(old, full);
            }

            RemoveLeftOvers(full);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{full}: what a killed process left could not be cleared: {error.Message} Check its permissions, then run the same command again.", error);
        }
    }

    /// <summary>Deletes a checkpoint folder, if it is there: renamed first, so that a kill leaves it whole or absent, never in part.</summary>
    /// <param name="folder">The checkpoint folder; what killed processes left of it goes too.</param>
    /// <exception cref="TSpinException">It can't be deleted.</exception>
    public static void Delete(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        try
        {
            RemoveLeftOvers(full);
            if (Directory.Exists(full))
            {
                var old = $"{full}.old{TemporarySuffix}";
                Directory.Move(full, old);
                Directory.Delete(old, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{full}: could not be deleted: {error.Message} Check its permissions, then run the same command again.", error);
        }
    }

    /// <summary>Copies <see cref="ModelFiles"/>, those that exist, byte for byte.</summary>
    /// <param name="sourceFolder">From here; links are followed (a hub cache is made of them).</param>
    /// <param name="targetFolder">To here; created if missing.</param>
    /// <returns>The names copied.</returns>
    /// <exception cref="TSpinException">A file can't be read or written.</exception>
    public static IReadOnlyList<string> CopyFiles(string sourceFolder, string targetFolder)
    {
        var files = ModelFiles.In(sourceFolder);
        foreach (var name in files)
        {
            using var source = OpenSource(Path.Combine(sourceFolder, name));
            AtomicFile.Write(Path.Combine(targetFolder, name), source.CopyTo);
        }

        return files;
    }

    // Of a GGUF file, config.json, generation_config.json, tokenizer.json and tokenizer_config.json; tokenizer files beside it go before its own.
    private static void CopyOrMakeFiles(string source, string target)
    {
        var made = GgufModelFile.Find(source);
        if (made is not null)
        {
            DecoderConfigWriter.Write(DecoderConfigReader.Read(made), target);
        }

        if (Directory.Exists(source))
        {
            CopyFiles(source, target);
        }

        if (made is null && DecoderConfigReader.IsPartOfLarger(source))
        {
            // The larger model's configuration would ask for weights that are not there.
            DecoderConfigWriter.Write(DecoderConfigReader.Read(source), target);
        }

        if (made is not null)
        {
            using var file = GgufFile.Open(made);
            GgufTokenizerFiles.Write(file, target);
        }
    }

    private static FileStream OpenSource(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be read: {error.Message} Check its permissions.", error);
        }
    }

    // Beside the place, then renamed: a kill leaves all of it or nothing.
    private static void WriteWhole(string full, string fault, Action<string> fill)
    {
        var temporary = LeftOvers.NameFor(full);
        try
        {
            RemoveLeftOvers(full);
            Directory.CreateDirectory(temporary);
            fill(temporary);
            MoveIntoPlace(temporary, full);
        }
        catch (Exception error)
        {
            TryDelete(temporary);
            if (error is IOException or UnauthorizedAccessException)
            {
                throw new TSpinException($"{full}: {fault}: {error.Message} Check free space and permissions, then run the same command again.", error);
            }

            throw;
        }
    }

    private static void MoveIntoPlace(string temporary, string folder)
    {
        if (!Directory.Exists(folder))
        {
            Directory.Move(temporary, folder);
            return;
        }

        // A folder can't be replaced in one step. A kill between the two leaves it absent, which the next run mends, never mixed.
        var old = $"{folder}.old{TemporarySuffix}";
        Directory.Move(folder, old);
        try
        {
            Directory.Move(temporary, folder);
        }
        catch
        {
            Directory.Move(old, folder);
            throw;
        }

        Directory.Delete(old, recursive: true);
    }

    // What killed processes left of this very checkpoint; the run folder's lock keeps living ones away.
    private static void RemoveLeftOvers(string folder)
    {
        var parent = Path.GetDirectoryName(folder)!;
        if (Directory.Exists(parent))
        {
            foreach (var left in Directory.GetDirectories(parent, $"{Path.GetFileName(folder)}.*{TemporarySuffix}"))
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report; the next write removes what is left.
        }
    }
}
