namespace TSpin.Checkpoints;

/// <summary>The files of a <see cref="TrainingState"/>: one, or beside it the parts that several processes wrote.</summary>
internal static class StateFiles
{
    /// <summary>The file of a part. Another one for every step and number of parts, so that an older state stays whole until the new one is.</summary>
    /// <param name="path">The state's file.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="part">From 1.</param>
    /// <param name="parts">How many there are.</param>
    /// <returns>For example <c>training-state.step-000120.part-001-of-008.safetensors</c>.</returns>
    public static string Part(string path, int step, int part, int parts) =>
        Path.Combine(FolderOf(path), FormattableString.Invariant($"{Stem(path)}step-{step:D6}.part-{part:D3}-of-{parts:D3}.safetensors"));

    /// <summary>What a state takes on the disk, with its parts.</summary>
    /// <param name="path">Its file.</param>
    /// <returns>Bytes; 0 where there is none.</returns>
    public static long BytesOf(string path) => All(path).Append(path).Select(file => new FileInfo(file)).Where(file => file.Exists).Sum(file => file.Length);

    /// <summary>Deletes a state, its parts, and what is left of interrupted ones.</summary>
    /// <param name="path">Its file.</param>
    public static void Delete(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }

        Sweep(path);
    }

    /// <summary>Deletes parts that the state does not name: of older ones, of other numbers of processes, and of ones that never became whole. While no process writes any. Best effort.</summary>
    /// <param name="path">The state's file.</param>
    public static void Sweep(string path)
    {
        var files = All(path);
        if (files.Length == 0)
        {
            return;
        }

        var (step, parts) = File.Exists(path) ? SavedState.Head(path) : (0, 0);
        var named = Enumerable.Range(1, parts).Select(part => Part(path, step, part, parts)).ToHashSet(StringComparer.Ordinal);
        foreach (var file in files.Where(file => !named.Contains(file)))
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It takes room and does no harm.
            }
        }
    }

    // Half-written ones among them.
    private static string[] All(string path) => Directory.Exists(FolderOf(path)) ? Directory.GetFiles(FolderOf(path), Stem(path) + "step-*") : [];

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static string Stem(string path) => Path.GetFileNameWithoutExtension(path) + ".";
}
