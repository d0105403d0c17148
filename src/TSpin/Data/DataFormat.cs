namespace TSpin.Data;

/// <summary>
/// How the records of an annotated file are laid out; in YAML <c>auto</c> (default), <c>messages</c>, <c>prompt-response</c>, <c>alpaca</c>, <c>spin</c>, <c>gsm8k</c>,
/// <c>sharegpt</c>, <c>preference</c>.
/// </summary>
public enum DataFormat
{
    /// <summary>Decided from the first record.</summary>
    Auto,

    /// <summary><c>messages: [{role, content}, ...]</c>: the first user turn and the assistant turn that follows it.</summary>
    Messages,

    /// <summary><c>prompt</c> and <c>response</c> (or <c>completion</c>).</summary>
    PromptResponse,

    /// <summary><c>instruction</c>, <c>input</c> (may be empty or absent) and <c>output</c>.</summary>
    Alpaca,

    /// <summary>SPIN's <c>real</c> and <c>generated</c> conversations; only <c>real</c> is read.</summary>
    Spin,

    /// <summary><c>question</c> and <c>answer</c>, as GSM8K has them.</summary>
    Gsm8k,

    /// <summary><c>conversations: [{from, value}, ...]</c>: as <see cref="Messages"/>.</summary>
    ShareGpt,

    /// <summary>
    /// <c>prompt</c>, <c>chosen</c> and <c>rejected</c>; the chosen response is the annotated one, the rejected is
    /// for methods on pairs.
    /// </summary>
    Preference,
}
