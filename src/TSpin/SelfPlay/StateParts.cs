using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.Optimization;

namespace TSpin.SelfPlay;

/// <summary>A training state that each process reads and writes by itself; called by all, each of which learns how it went for the others.</summary>
internal static class StateParts
{
    /// <summary>Writes what this process holds.</summary>
    /// <returns>A <see cref="RankAnswer{T}"/> of each.</returns>
    public static IReadOnlyList<byte[]> Save(RankGroup ranks, string path, Decoder policy, Optimizer optimizer, int step) =>
        Tried(ranks, () => TrainingState.SavePart(path, policy, optimizer, step, ranks.Rank, ranks.Count));

    /// <summary>Reads what this process holds.</summary>
    /// <returns>A <see cref="RankAnswer{T}"/> of each.</returns>
    public static IReadOnlyList<byte[]> Restore(RankGroup ranks, string path, Decoder policy, Optimizer optimizer) =>
        Tried(ranks, () => TrainingState.Restore(path, policy, optimizer));

    /// <summary>Whether all processes see, and may write to, the same folder: each finds there what the others leave.</summary>
    /// <param name="ranks">The processes; this is rank 0.</param>
    /// <param name="file">A file that is to be in the folder.</param>
    /// <param name="meet">Lets all <see cref="Meet"/>.</param>
    /// <returns>True where a state may be divided over files.</returns>
    public static bool AllMeet(RankGroup ranks, string file, Func<string, string, IReadOnlyList<byte[]>> meet)
    {
        // Names that are swept like half-written files.
        var path = FormattableString.Invariant($"{Path.GetFullPath(file)}.{Environment.ProcessId}.tmp");
        var word = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var isLeft = Leave(path, word);
        var answers = meet(path, word);
        var all = isLeft && answers.All(answer => answer is [1]) && Enumerable.Range(1, ranks.Count - 1).All(rank => Finds(Beside(path, rank), word));
        foreach (var left in Enumerable.Range(1, ranks.Count - 1).Select(rank => Beside(path, rank)).Append(path).Where(File.Exists))
        {
            File.Delete(left);
        }

        return all;
    }

    /// <summary>Says whether this process finds a word in a file, and leaves it beside it.</summary>
    /// <returns>Of each: 1 where that went well.</returns>
    public static IReadOnlyList<byte[]> Meet(RankGroup ranks, string path, string word) => ranks.Gather([Finds(path, word) && (ranks.Leads || Leave(Beside(path, ranks.Rank), word)) ? (byte)1 : (byte)0]);

    private static IReadOnlyList<byte[]> Tried(RankGroup ranks, Action work) => ranks.Gather(RankAnswer<string>.Of(() =>
    {
        work();
        return null;
    }).ToBytes());

    private static string Beside(string path, int rank) => FormattableString.Invariant($"{path[..^".tmp".Length]}.{rank:D4}.tmp");

    private static bool Finds(string path, string word)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path) == word;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool Leave(string path, string word)
    {
        try
        {
            File.WriteAllText(path, word);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
