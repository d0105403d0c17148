namespace TSpin.Evaluation.Harness;

/// <summary>One row of a task with what the model is asked.</summary>
/// <param name="Number">The row's number in its split, from 0.</param>
/// <param name="Row">The row.</param>
/// <param name="Continuations">A request for each choice; empty for a task that generates.</param>
/// <param name="Answer">The request of a task that generates; else null.</param>
public sealed record TaskQuestion(int Number, TaskRow Row, IReadOnlyList<ContinuationRequest> Continuations,
    AnswerRequest? Answer)
{
    /// <summary>
    /// The context with the whole annotated answer, of a task that generates and has one. Default: null.
    /// </summary>
    public ContinuationRequest? Annotated { get; init; }
}
