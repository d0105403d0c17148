using System.CommandLine;
using TSpin.Distribution;
using TSpin.SelfPlay;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary>A verb that answers or scores with one model, in as many processes as torchrun, srun or Kubernetes has started: the first does as one process does, the others compute what it gives them.</summary>
internal static class LaunchedAnswers
{
    /// <summary>Runs the verb.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="model">The model that all processes load.</param>
    /// <param name="tokenizer">Loads the model's tokenizer in the others, from its folder; null where it has none.</param>
    /// <param name="verb">What one process, or the first, does; null where there are no others.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ParseResult result, ModelOptions model, Func<string, Tokenizer?> tokenizer, Func<AnsweringLeader?, int> verb)
    {
        using var ranks = LaunchedRun.Join(new DistributionSettings());
        model.Launched = ranks?.Launched;
        return ranks is null ? verb(null)
            : ranks.Leads ? new AnsweringLeader(ranks).Lead(verb)
            : LaunchedRun.Follow(ranks, cancellation =>
            {
                using var decoder = model.Load(result);
                return new AnsweringWorker(ranks, decoder, () => tokenizer(model.PathOf(result))).Run(cancellation);
            });
    }
}
