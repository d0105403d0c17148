using TSpin.Generation;

namespace TSpin.Evaluation;

/// <summary>A measure of a model: problems, how the model is asked, and what counts as good. It keeps no state between models.</summary>
public interface IEvaluationTask
{
    /// <summary>The name in recipes and files, in lm-evaluation-harness' words where it has the task.</summary>
    string Name { get; }

    /// <summary>Evaluates a model.</summary>
    /// <param name="model">The model, and what can be asked of it.</param>
    /// <param name="progress">Told how far it is. Default: nobody.</param>
    /// <param name="cancellation">Stops; nothing is kept.</param>
    /// <returns>The metrics, and every answer behind them.</returns>
    /// <exception cref="TSpinException">The task has no problems, or one of them does not fit the model.</exception>
    (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(EvaluatedModel model, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default);
}
