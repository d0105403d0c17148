namespace TSpin.SelfPlay;

/// <summary>One line of examples.jsonl: an annotated example as the run uses it.</summary>
/// <param name="Index">Its number in the run.</param>
/// <param name="Prompt">The prompt before rendering.</param>
/// <param name="Response">The annotated response.</param>
public sealed record ExampleLine(int Index, string Prompt, string Response);
