using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Prompts;

namespace TSpin.SelfPlay;

/// <summary>Answers that were cut at the length limit, given once more with a longer one.</summary>
internal static class RetriedResponses
{
    private const int Factor = 2;

    /// <summary>The prompts whose answers were cut, and the limit of their second answers.</summary>
    /// <param name="first">The first answers.</param>
    /// <param name="prompts">All prompts.</param>
    /// <param name="limit">The limit that cut them.</param>
    /// <param name="positions">Prompt and answer together at most.</param>
    /// <returns>No prompts where none was cut, or where the longest leaves no room for more.</returns>
    public static (IReadOnlyList<PromptTokens> Prompts, int Limit) Of(
        string first, IReadOnlyList<PromptTokens> prompts, int limit, int positions)
    {
        var cut = ResponseFile.Read(first).Where(line => line.FinishReason == FinishReason.Length)
            .Select(line => line.Index).ToHashSet();
        PromptTokens[] again = [.. prompts.Where(prompt => cut.Contains(prompt.Index))];
        var longer = again.Length == 0 ? 0
            : Math.Min(Factor * limit, positions - again.Max(prompt => prompt.Ids.Length));
        return longer > limit ? (again, longer) : ([], limit);
    }

    /// <summary>Puts second answers in the place of the first and writes all; the files they come from go.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="iteration">The iteration.</param>
    public static void Join(RunFolder folder, int iteration)
    {
        var (first, longer, path) = (folder.FirstResponses(iteration), folder.LongerResponses(iteration),
            folder.Responses(iteration));
        var second = File.Exists(longer) ? ResponseFile.Read(longer).ToDictionary(line => line.Index) : [];
        JsonLinesFile.Write(path, ResponseFile.Read(first).Select(line => second.GetValueOrDefault(line.Index, line)));
        AtomicFile.WriteText(ResponseFile.SettingsPath(path), File.ReadAllText(ResponseFile.SettingsPath(first)));
    }

    /// <summary>Removes what <see cref="Join"/> has joined.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="iteration">The iteration.</param>
    public static void DropParts(RunFolder folder, int iteration)
    {
        foreach (var part in new[] { folder.FirstResponses(iteration), folder.LongerResponses(iteration) })
        {
            File.Delete(part);
            File.Delete(ResponseFile.SettingsPath(part));
        }
    }
}
