using System.Text.Json;
using TSpin.Distribution;
using TSpin.Files;

namespace TSpin.SelfPlay;

/// <summary>What one process did of work that several share: its result, or why there is none.</summary>
/// <typeparam name="T">What it makes.</typeparam>
/// <param name="Result">What it made; null where it failed, or there was nothing for it to do.</param>
/// <param name="Fault">A sentence for the user; null where nothing failed.</param>
/// <param name="ExitCode">Of the fault.</param>
/// <param name="IsCancelled">Whether it was told to stop.</param>
internal sealed record RankAnswer<T>(T? Result, string? Fault = null, int ExitCode = 0, bool IsCancelled = false)
    where T : class
{
    /// <summary>Does this process' part, and makes an answer of whatever comes of it that the others must know.</summary>
    public static RankAnswer<T> Of(Func<T?> work)
    {
        try
        {
            return new RankAnswer<T>(work());
        }
        catch (TSpinException error) when (error is not RankLostException)
        {
            return new RankAnswer<T>(null, error.Message, error.ExitCode);
        }
        catch (OperationCanceledException)
        {
            return new RankAnswer<T>(null, IsCancelled: true);
        }
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonLinesFormat.Default);

    /// <summary>The results of all; a fault of one is the fault of all.</summary>
    public static IReadOnlyList<T?> All(IEnumerable<byte[]> answers)
    {
        RankAnswer<T>[] all = [.. answers.Select(bytes => JsonSerializer.Deserialize<RankAnswer<T>>(bytes, JsonLinesFormat.Default)!)];
        if (all.FirstOrDefault(answer => answer.Fault is not null) is { Fault: { } fault } failed)
        {
            throw new TSpinException(fault) { ExitCode = failed.ExitCode };
        }

        return all.Any(answer => answer.IsCancelled) ? throw new OperationCanceledException() : [.. all.Select(answer => answer.Result)];
    }
}
