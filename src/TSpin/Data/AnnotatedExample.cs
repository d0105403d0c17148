namespace TSpin.Data;

/// <summary>A prompt x with its annotated response y, as the file has them: not trimmed, no template around the prompt.</summary>
/// <param name="Index">Position among the usable examples of its <see cref="ExampleSet"/>, from 0; kept by <see cref="ExampleSelection"/>.</param>
/// <param name="Prompt">What the user says.</param>
/// <param name="Response">What the annotator answered.</param>
/// <param name="SourceFile">The file, as it was named to the reader.</param>
/// <param name="SourceLine">The line where the record starts, from 1.</param>
public sealed record AnnotatedExample(int Index, string Prompt, string Response, string SourceFile, int SourceLine);
