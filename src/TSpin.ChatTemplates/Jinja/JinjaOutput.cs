namespace TSpin.ChatTemplates.Jinja;

/// <summary>A rendered template.</summary>
/// <param name="Text">The text.</param>
/// <param name="GenerationSpans">What stood inside <c>{% generation %}</c> blocks: start and end (exclusive) in Unicode code points of <paramref name="Text"/>.</param>
public sealed record JinjaOutput(string Text, IReadOnlyList<(int Start, int End)> GenerationSpans);
