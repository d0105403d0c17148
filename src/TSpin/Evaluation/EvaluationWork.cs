using System.Globalization;
using TSpin.Generation;
using TSpin.Prompts;

namespace TSpin.Evaluation;

/// <summary>
/// What an evaluation has computed while it is not finished: a folder with a file for each set of answers and of scores, in the order in which tasks ask for them. A killed evaluation that is
/// started again, with the same tasks and the same model, goes on behind the last finished wave of answers or pass of scores, and ends with the same numbers.
/// </summary>
/// <param name="folder">The folder; made when something is computed.</param>
/// <param name="notice">Told in a sentence when answers go on with another batch size. Default: nobody.</param>
public sealed class EvaluationWork(string folder, Action<string>? notice = null)
{
    private int _next;

    /// <summary>The file of the next set.</summary>
    /// <param name="what">What it holds.</param>
    /// <returns>Its path.</returns>
    public string Next(string what) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{_next++:D4}-{what}.jsonl"));

    /// <summary>Answers prompts, those answered before a kill excepted.</summary>
    /// <param name="work">Where they are kept; null for nowhere.</param>
    /// <param name="generator">Who answers.</param>
    /// <param name="prompts">With different indices.</param>
    /// <param name="seeds">Where each prompt's seed comes from.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Looked at before every token.</param>
    /// <returns>The answers, in no order.</returns>
    /// <exception cref="TSpinException">A prompt cannot be answered, or a file cannot be written or belongs to other questions.</exception>
    internal static IEnumerable<Response> Answer(
        EvaluationWork? work, IGenerator generator, IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, IProgress<GenerationProgress>? progress, CancellationToken cancellation) =>
        work is null ? generator.AnswerAll(prompts, seeds, progress, cancellation)
            : ResponseGeneration.Run(generator, prompts, seeds, work.Next("answers"), "evaluation", progress, work.Say, cancellation);

    /// <summary>Removes everything: the evaluation is finished.</summary>
    public void Close()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Say(string text) => notice?.Invoke(text);
}
