using System.Text.Json.Serialization;

namespace TSpin.Generation;

/// <summary>How the next token is chosen and when an answer ends.</summary>
public sealed record SamplingOptions
{
    /// <summary>Longest answer in tokens, the end-of-sequence token included; at least 1. Default: 256.</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>
    /// Divides the logits before sampling; 0 always takes the likeliest token (greedy, the lower id of equals). Else from 0.000001 to 1000. Default: 1.0.
    /// </summary>
    public double Temperature { get; init; } = 1.0;

    /// <summary>
    /// Nucleus sampling (Holtzman et al. 2020): only the likeliest tokens are kept, as few as together reach this probability; above 0, up to 1 (all).
    /// Applied after <see cref="TopK"/>, to what that keeps. Default: 1.0.
    /// </summary>
    public double TopP { get; init; } = 1.0;

    /// <summary>Only this many of the likeliest tokens are kept, of equals those with the lower ids; 0 keeps all. Default: 0.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// An answer ends as soon as its text, special tokens left out, contains one of these; the text of a special token ends it at that token. None is
    /// empty. Default: none.
    /// </summary>
    public IReadOnlyList<string> StopTexts { get; init; } = [];

    /// <summary>An answer ends at one of these ids, which is its last token and not part of its text. Default: null, none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? StopIds { get; init; }

    /// <summary>
    /// Prompts that are answered at the same time; at least 1. Default: null, as many as fit in half of the free memory, at most 32 on the CPU and 256 elsewhere;
    /// see <see cref="BatchSizeChoice"/>.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>Checks every range.</summary>
    /// <exception cref="TSpinException">Names every value that is out of its range.</exception>
    public void Validate()
    {
        const double lowest = 1e-6;
        const double highest = 1e3;
        var faults = new List<string>();
        Require(MaxNewTokens >= 1, $"MaxNewTokens is {MaxNewTokens}; it must be at least 1");
        Require(Temperature is 0 or (>= lowest and <= highest), $"Temperature is {Temperature}; it must be 0 (greedy) or from 0.000001 to 1000");
        Require(TopP is > 0 and <= 1, $"TopP is {TopP}; it must be above 0 and at most 1 (keep all)");
        Require(TopK >= 0, $"TopK is {TopK}; it must be 0 (keep all) or more");
        Require(StopTexts.All(text => text.Length > 0), "StopTexts holds an empty text, which every answer contains; remove it");
        Require(StopIds?.All(id => id >= 0) ?? true, "StopIds holds a negative number, which is no token id; remove it");
        Require(BatchSize is null or >= 1, $"BatchSize is {BatchSize}; it must be at least 1");
        if (faults.Count > 0)
        {
            throw new TSpinException($"The sampling options cannot be used: {string.Join("; ", faults)}.");
        }

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
