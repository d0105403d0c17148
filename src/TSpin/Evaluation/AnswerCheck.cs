namespace TSpin.Evaluation;

/// <summary>How drawn answers are checked.</summary>
public enum AnswerCheck
{
    /// <summary>The last number is that of the record's answer, as lm-evaluation-harness' gsm8k has it (flexible-extract).</summary>
    FinalNumber,

    /// <summary>The text is the record's answer, up to letter case and white space.</summary>
    Exact,

    /// <summary>A program of the user's own scores it; records need no answer.</summary>
    Judge,
}
