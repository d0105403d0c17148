namespace TSpin.Data;

/// <summary>Which assistant turns of a conversation are annotated responses; in YAML <c>first</c> (default), <c>last</c>, <c>every</c>.</summary>
public enum AnnotatedTurns
{
    /// <summary>The answer to the first user turn, as the paper has it; later turns are not used.</summary>
    First,

    /// <summary>The last assistant turn; the whole conversation before it is the prompt.</summary>
    Last,

    /// <summary>Each assistant turn is an example of its own, with the conversation before it as the prompt.</summary>
    Every,
}
