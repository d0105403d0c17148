using TSpin.ChatTemplates;

namespace TSpin.Data;

/// <summary>A prompt x with its annotated response y, as the file has them: not trimmed, no template around the prompt.</summary>
/// <param name="Index">Position among the usable examples of its <see cref="ExampleSet"/>, from 0; kept by <see cref="ExampleSelection"/>.</param>
/// <param name="Prompt">What the user says; of a conversation all that is said before the response, with empty lines between.</param>
/// <param name="Response">What the annotator answered.</param>
/// <param name="SourceFile">The file, as it was named to the reader.</param>
/// <param name="SourceLine">The line where the record starts, from 1.</param>
public sealed record AnnotatedExample(int Index, string Prompt, string Response, string SourceFile, int SourceLine)
{
    /// <summary>The turns that <see cref="Prompt"/> stands for, the last one a user's; null where it is a single user turn.</summary>
    public IReadOnlyList<ChatTurn>? Turns { get; init; }

    /// <summary>The response that the data call worse, where it was asked for; else null.</summary>
    public string? Rejected { get; init; }

    /// <summary>The conversation before the response, for a template to render.</summary>
    public IReadOnlyList<ChatTurn> Asked => Turns ?? [new ChatTurn("user", Prompt)];
}
