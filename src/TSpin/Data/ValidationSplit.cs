using System.Globalization;
using System.Text.RegularExpressions;
using TSpin.Hub;
using TSpin.Randomness;

namespace TSpin.Data;

/// <summary>
/// Which annotated examples are kept from training to choose checkpoints by: key <c>data.validation</c>. It is a share (<c>0.1</c>), a count (<c>200</c>), fold i of k (<c>2/5</c>), or a
/// file of its own, also as hub:org/name:file. Examples with the same prompt stay together, whatever their letter case and white space.
/// </summary>
public sealed partial record ValidationSplit
{
    private ValidationSplit()
    {
    }

    /// <summary>What recipes may say, for people.</summary>
    public const string Forms = "a share (0.1), a count (200), fold i of k (2/5), a file, or hub:org/name:file";

    /// <summary>The file; null where examples are split off.</summary>
    public string? File { get; private init; }

    /// <summary>Share of the examples in (0, 1); null for the other forms.</summary>
    public double? Share { get; private init; }

    /// <summary>Number of examples; null for the other forms.</summary>
    public int? Count { get; private init; }

    /// <summary>Fold from 1, and how many there are; null for the other forms.</summary>
    public (int Number, int Of)? Fold { get; private init; }

    /// <summary>Whether a text names a file rather than a part of the examples.</summary>
    /// <param name="text">What a recipe says.</param>
    /// <returns>True for all that are neither numbers nor folds.</returns>
    public static bool IsFile(string text) => text.Length > 0 && !FoldForm().IsMatch(text) && !NumberForm().IsMatch(text);

    /// <summary>What is wrong with a text.</summary>
    /// <param name="text">What a recipe says.</param>
    /// <returns>The fault and its cure, or null.</returns>
    public static string? FaultOf(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (TSpinException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>Reads what a recipe says.</summary>
    /// <param name="text">See <see cref="Forms"/>.</param>
    /// <returns>The split.</returns>
    /// <exception cref="TSpinException">It is none of the forms, or out of range.</exception>
    public static ValidationSplit Parse(string text)
    {
        if (FoldForm().Match(text) is { Success: true } fold)
        {
            return int.TryParse(fold.Groups[1].Value, CultureInfo.InvariantCulture, out var number) && int.TryParse(fold.Groups[2].Value, CultureInfo.InvariantCulture, out var of)
                && of is >= 2 and <= 1000 && number >= 1 && number <= of
                ? new ValidationSplit { Fold = (number, of) }
                : throw new TSpinException($"\"{text}\" is no fold; use i/k with k from 2 to 1000 and i from 1 to k, as 2/5");
        }

        if (!NumberForm().IsMatch(text))
        {
            if (HubReference.IsMarked(text))
            {
                HubReference.Parse(text);
            }

            return text.Length > 0 ? new ValidationSplit { File = text } : throw new TSpinException($"\"\" names nothing; use {Forms}");
        }

        var value = double.Parse(text, CultureInfo.InvariantCulture);
        return value is > 0 and < 1 ? new ValidationSplit { Share = value }
            : value is >= 1 and <= int.MaxValue && value == Math.Floor(value) ? new ValidationSplit { Count = (int)value }
            : throw new TSpinException($"\"{text}\" is neither a share between 0 and 1 nor a count; use {Forms}");
    }

    /// <summary>Divides examples. The same seed gives the same order of prompts, so a larger count contains every smaller one, and the folds of one k divide all examples among them.</summary>
    /// <param name="examples">All annotated examples that the run uses.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>Those to train on and those to validate with, each in the order of <paramref name="examples"/>.</returns>
    /// <exception cref="TSpinException">One of the two would be empty.</exception>
    public (IReadOnlyList<AnnotatedExample> Training, IReadOnlyList<AnnotatedExample> Validation) Divide(IReadOnlyList<AnnotatedExample> examples, ulong seed)
    {
        var prompts = examples.Select((example, i) => (Prompt: ExampleOverlap.Normalize(example.Prompt), Index: i)).GroupBy(example => example.Prompt, example => example.Index, StringComparer.Ordinal)
            .Select(alike => alike.ToArray()).ToArray();
        RandomStream.For(seed, "validation-split").Shuffle<int[]>(prompts);
        var chosen = new HashSet<int>();
        if (Fold is { } fold)
        {
            chosen.UnionWith(prompts.Where((_, i) => i % fold.Of == fold.Number - 1).SelectMany(alike => alike));
        }
        else
        {
            var wanted = Count ?? Math.Max(1, (int)Math.Round(Share!.Value * examples.Count, MidpointRounding.AwayFromZero));
            foreach (var alike in prompts.TakeWhile(_ => chosen.Count < wanted))
            {
                chosen.UnionWith(alike);
            }
        }

        return chosen.Count > 0 && chosen.Count < examples.Count
            ? ([.. examples.Where((_, i) => !chosen.Contains(i))], [.. examples.Where((_, i) => chosen.Contains(i))])
            : throw new TSpinException(
                $"data.validation {this} of {examples.Count} examples with {prompts.Length} different prompts leaves {(chosen.Count == 0 ? "none to validate with" : "none to train on")}; "
                + "choose less, give more examples, or name a file.");
    }

    /// <summary>As recipes have it.</summary>
    /// <returns>One of <see cref="Forms"/>.</returns>
    public override string ToString() => File
        ?? (Fold is { } fold ? FormattableString.Invariant($"{fold.Number}/{fold.Of}") : Count is { } count ? FormattableString.Invariant($"{count}") : FormattableString.Invariant($"{Share}"));

    [GeneratedRegex(@"^(\d{1,9})/(\d{1,9})$", RegexOptions.CultureInvariant)]
    private static partial Regex FoldForm();

    [GeneratedRegex(@"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberForm();
}
