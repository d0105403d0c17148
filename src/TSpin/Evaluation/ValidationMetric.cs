namespace TSpin.Evaluation;

/// <summary>How answers to validation examples are judged.</summary>
public enum ValidationMetric
{
    /// <summary>As these examples are: by numbers where all end in <c>#### n</c>, as labels where all are short, by a
    /// judge where one is named, else by likelihood.</summary>
    Auto,

    /// <summary>By the final number, as gsm8k is.</summary>
    Number,

    /// <summary>Compared as they are.</summary>
    Label,

    /// <summary>By <see cref="EvaluationSettings.Judge"/>.</summary>
    Judge,

    /// <summary>Not at all: only the likelihood of annotated answers is measured.</summary>
    Likelihood,
}
