namespace TSpin.Tuning;

/// <summary>What candidates are chosen by.</summary>
public enum TuneMetricKind
{
    /// <summary>The first metric of a task.</summary>
    Task,

    /// <summary>The final number of an answer, as gsm8k's flexible-extract finds it.</summary>
    FinalNumber,

    /// <summary>The whole answer, letter case, white space and punctuation around it aside.</summary>
    Label,

    /// <summary>What a judge of the user's own says.</summary>
    Judge,

    /// <summary>Log-probability of the annotated answer per token, nats.</summary>
    Likelihood,
}
