namespace TSpin.Evaluation.UserTasks;

/// <summary>What is taken out of an answer before it is compared.</summary>
public enum AnswerExtraction
{
    /// <summary>The whole text, without white space at its ends.</summary>
    Whole,

    /// <summary>The last number of the answer, and of the reference; as GSM8K's flexible filter.</summary>
    FinalNumber,

    /// <summary>What a regular expression finds, as lm-evaluation-harness' filter <c>regex</c>.</summary>
    Regex,
}
