using System.Text.Json.Serialization;
using TSpin.ChatTemplates;
using TSpin.Data;

namespace TSpin.SelfPlay;

/// <summary>One line of examples.jsonl: an annotated example as the run uses it.</summary>
/// <param name="Index">Its number in the run.</param>
/// <param name="Prompt">The prompt before rendering.</param>
/// <param name="Response">The annotated response.</param>
public sealed record ExampleLine(int Index, string Prompt, string Response)
{
    /// <summary>The turns that the prompt stands for; null, and not written, where it is a single user turn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatTurn>? Turns { get; init; }

    /// <summary>The worse response, for methods that learn from it; null, and not written, else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Rejected { get; init; }

    /// <summary>Examples as a run writes them.</summary>
    /// <param name="examples">The examples, which get their numbers by their order.</param>
    /// <returns>A line each.</returns>
    public static IEnumerable<ExampleLine> Of(IEnumerable<AnnotatedExample> examples) =>
        examples.Select((example, i) => new ExampleLine(i, example.Prompt, example.Response) { Turns = example.Turns, Rejected = example.Rejected });

    /// <summary>The conversation before the response, for the template to render.</summary>
    [JsonIgnore]
    public IReadOnlyList<ChatTurn> Asked => Turns ?? [new ChatTurn("user", Prompt)];
}
