using TSpin.Files;

namespace TSpin.Studies;

/// <summary>
/// The finished cells of a study: a line each, appended at once and waited for until it is on the disk. A line that a
/// kill left half written is cut off when the next is appended, and passed over until then.
/// </summary>
/// <param name="path">The file.</param>
public sealed class StudyLedger(string path)
{
    /// <summary>The file.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Reads all lines.</summary>
    /// <returns>In the order of the file; none where there is no file.</returns>
    /// <exception cref="TSpinException">A line is damaged, or two lines of one cell differ.</exception>
    public IReadOnlyList<LedgerLine> Read() => File.Exists(Path) ? Joined([Path]) : [];

    /// <summary>Appends a line.</summary>
    /// <param name="line">The finished cell.</param>
    /// <exception cref="TSpinException">The file cannot be written.</exception>
    public void Append(LedgerLine line)
    {
        using var writer = new JsonLinesWriter<LedgerLine>(Path);
        writer.Append(line);
        writer.FlushToDisk();
    }

    /// <summary>Takes the lines of other ledgers in. A cell that both have with the same finding stays once.</summary>
    /// <param name="others">Their files.</param>
    /// <returns>How many lines are new.</returns>
    /// <exception cref="TSpinException">A file is missing or damaged; or a cell was found otherwise on the same kind of
    /// processor: names both lines; or a study is running in the ledger's folder. Nothing is written then.</exception>
    public int Merge(IReadOnlyList<string> others)
    {
        using var held = FolderLock.Acquire(System.IO.Path.GetDirectoryName(Path)!);
        var own = Read();
        var all = Joined(File.Exists(Path) ? [Path, .. others] : others);
        if (all.Count == own.Count)
        {
            return 0;
        }

        JsonLinesFile.Write(Path, all);
        return all.Count - own.Count;
    }

    private static List<LedgerLine> Joined(IReadOnlyList<string> files)
    {
        var lines = new List<LedgerLine>();
        var known = new Dictionary<(string, string, string), (string Place, string Finding)>();
        foreach (var file in files)
        {
            if (!File.Exists(file))
            {
                throw new TSpinException($"{file}: there is no such ledger. Give the ledger.jsonl of a study's folder.");
            }

            foreach (var (number, line) in JsonLinesReader.ReadNumbered<LedgerLine>(file, ignoreTornLastLine: true))
            {
                var place = FormattableString.Invariant($"{file}:{number}");
                var finding = line.Finding();
                if (known.TryAdd((line.Cell, line.Work, line.Kind), (place, finding)))
                {
                    lines.Add(line with { Number = number });
                }
                else if (known[(line.Cell, line.Work, line.Kind)] is var (first, found) && found != finding)
                {
                    throw new TSpinException(
                        $"{place}: the cell \"{line.Cell}\" is another than in {first}, on the same kind of processor ({line.Kind}): {Difference(found, finding)}. "
                        + "One of the two is wrong, or something that decides a run is not in its recipe. Delete one of the lines, or both and run the cell again.");
                }
            }
        }

        return lines;
    }

    private static string Difference(string first, string second)
    {
        var at = first.Zip(second).TakeWhile(pair => pair.First == pair.Second).Count();
        var from = Math.Max(0, at - 30);
        return $"...{Part(first)} there, ...{Part(second)} here";

        string Part(string text) => text.Substring(from, Math.Min(60, text.Length - from));
    }
}
