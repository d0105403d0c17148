using System.Text.RegularExpressions;

namespace TSpin.Data;

/// <summary>Finds held-out examples that are trained on, which would make a score look better than it is.</summary>
public static partial class ExampleOverlap
{
    /// <summary>Counts the evaluation examples whose prompt is also a training prompt.</summary>
    /// <param name="train">The examples trained on.</param>
    /// <param name="evaluation">The held-out examples.</param>
    /// <returns>How many; 0 is as it should be.</returns>
    public static int Count(IEnumerable<AnnotatedExample> train, IEnumerable<AnnotatedExample> evaluation) => Find(train, evaluation).Count;

    /// <summary>Finds the evaluation examples whose prompt is also a training prompt, up to letter case and white space.</summary>
    /// <param name="train">The examples trained on.</param>
    /// <param name="evaluation">The held-out examples.</param>
    /// <returns>Those evaluation examples, in their order.</returns>
    public static IReadOnlyList<AnnotatedExample> Find(IEnumerable<AnnotatedExample> train, IEnumerable<AnnotatedExample> evaluation)
    {
        var seen = train.Select(example => Normalize(example.Prompt)).ToHashSet(StringComparer.Ordinal);
        return [.. evaluation.Where(example => seen.Contains(Normalize(example.Prompt)))];
    }

    /// <summary>A prompt without what does not count: letter case and the kind and amount of white space.</summary>
    /// <param name="prompt">Any text.</param>
    /// <returns>Prompts that are the same give the same.</returns>
    public static string Normalize(string prompt) => WhiteSpace().Replace(prompt, " ").Trim().ToLowerInvariant();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex WhiteSpace();
}
