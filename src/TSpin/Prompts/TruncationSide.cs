namespace TSpin.Prompts;

/// <summary>Which end of a too long prompt is cut off; in YAML <c>left</c> (default) or <c>right</c>.</summary>
public enum TruncationSide
{
    /// <summary>The beginning goes: the text nearest to the response stays.</summary>
    Left,

    /// <summary>The end goes.</summary>
    Right,
}
