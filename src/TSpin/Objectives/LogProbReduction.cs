namespace TSpin.Objectives;

/// <summary>How token log-probabilities become the log-probability of a response; in YAML <c>sum</c> (default) or <c>mean</c>.</summary>
public enum LogProbReduction
{
    /// <summary>The sum over the response's tokens, in nats: log pi(z given x) as the equations have it.</summary>
    Sum,

    /// <summary>The mean over the response's tokens, in nats per token.</summary>
    Mean,
}
