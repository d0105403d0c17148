using TSpin.ChatTemplates;

namespace TSpin.Prompts;

/// <summary>
/// Annotated examples as token ids, within the limits of recipe and model: what planning, generation, training and evaluation share, encoded once.
/// </summary>
public sealed class PreparedExamples
{
    private readonly PromptSettings _limits;
    private readonly PromptEncoder _encoder;

    private PreparedExamples(PromptEncoder encoder, PromptSettings limits, IReadOnlyList<PromptTokens> prompts, int cut, IReadOnlyList<int[]> annotated, IReadOnlyList<int[]>? rejected) =>
        (_encoder, _limits, Prompts, PromptsCut, Annotated, Rejected) =
            (encoder, limits, prompts, cut, annotated, rejected);

    /// <summary>The prompts, none longer than the limit; their index is that of the example.</summary>
    public IReadOnlyList<PromptTokens> Prompts { get; }

    /// <summary>How many of them were cut.</summary>
    public int PromptsCut { get; }

    /// <summary>The annotated responses, without the end that training appends.</summary>
    public IReadOnlyList<int[]> Annotated { get; }

    /// <summary>The worse responses, likewise; null where the data's are not used.</summary>
    public IReadOnlyList<int[]>? Rejected { get; }

    /// <summary>Renders and encodes examples.</summary>
    /// <param name="encoder">The way from words to tokens.</param>
    /// <param name="limits">Longest prompt and sequence; see <see cref="PromptSettings.Within"/>.</param>
    /// <param name="examples">The conversations, the annotated responses and, where a method learns from them, the worse ones.</param>
    /// <returns>The examples.</returns>
    /// <exception cref="TSpinException">As <see cref="PromptEncoder.Prompts(IReadOnlyList{string})"/> and <see cref="PromptEncoder.Responses(IEnumerable{ValueTuple{string, string}}, bool)"/>.</exception>
    public static PreparedExamples Of(PromptEncoder encoder, PromptSettings limits, IReadOnlyList<(IReadOnlyList<ChatTurn> Asked, string Response, string? Rejected)> examples)
    {
        var whole = encoder.Prompts([.. examples.Select(example => example.Asked)]);
        return new PreparedExamples(
            encoder, limits,
            TripletBuilder.Truncate(whole, limits, encoder.BeginId),
            whole.Count(prompt => prompt.Ids.Length > limits.MaxPromptTokens),
            encoder.Responses(examples.Select(example => (example.Asked, example.Response))),
            examples.Any(example => example.Rejected is not null) ? encoder.Responses(examples.Select(example => (example.Asked, example.Rejected ?? ""))) : null);
    }

    /// <summary>Joins the examples with the responses that a model made.</summary>
    /// <param name="synthetic">y' by index, or null.</param>
    /// <param name="protoSynthetic">y0 by index, or null.</param>
    /// <param name="earlier">y' of the iteration before by index, or null.</param>
    /// <param name="without">Indices of examples to leave out. Default: none.</param>
    /// <returns>A triplet for each example, in order.</returns>
    /// <exception cref="TSpinException">As <see cref="TripletBuilder.Add"/>.</exception>
    public TripletSet Triplets(
        IReadOnlyDictionary<int, int[]>? synthetic = null, IReadOnlyDictionary<int, int[]>? protoSynthetic = null, IReadOnlyDictionary<int, int[]>? earlier = null,
        IReadOnlySet<int>? without = null)
    {
        var builder = new TripletBuilder(_limits, _encoder.EndId, _encoder.BeginId);
        for (var i = 0; i < Prompts.Count; i++)
        {
            if (without?.Contains(i) == true)
            {
                continue;
            }

            builder.Add(i, Prompts[i].Ids, Annotated[i], synthetic?[i], protoSynthetic?[i], earlier?[i], Rejected?[i]);
        }

        return builder.Build();
    }
}
