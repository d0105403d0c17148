namespace TSpin.Data.Audit;

/// <summary>What an audit finds in annotated data; the rules with their thresholds are in docs/data.md.</summary>
public enum FindingKind
{
    /// <summary>A record that holds no example.</summary>
    BadRecord,

    /// <summary>An answer without a letter or a digit, or a placeholder.</summary>
    Empty,

    /// <summary>Stands in test data, wholly or in part.</summary>
    TestOverlap,

    /// <summary>Another answer to the same prompt ends in another result.</summary>
    Contradiction,

    /// <summary>The same prompt and answer stand further up.</summary>
    Duplicate,

    /// <summary>Nearly the same prompt and answer stand further up.</summary>
    NearDuplicate,

    /// <summary>The answer breaks off.</summary>
    Truncated,

    /// <summary>The answer declines.</summary>
    Refusal,

    /// <summary>The same long answer stands at several prompts.</summary>
    RepeatedAnswer,

    /// <summary>Another answer to the same prompt stands further up, and nothing says that one is wrong.</summary>
    SeveralAnswers,

    /// <summary>Far longer or shorter than the others.</summary>
    Length,

    /// <summary>In another language than the others.</summary>
    Language,

    /// <summary>Not in the form that nearly all others have.</summary>
    Style,

    /// <summary>The model gives this answer already.</summary>
    KnownAnswer,

    /// <summary>The model finds the answer far less likely than the others.</summary>
    Surprising,

    /// <summary>Training made the answer less likely.</summary>
    Hurt,

    /// <summary>Training hardly changed an answer that the model finds unlikely.</summary>
    NotLearned,
}
