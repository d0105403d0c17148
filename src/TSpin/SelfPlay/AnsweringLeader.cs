using TSpin.Distribution;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Scoring;
using TSpin.Tokenizers;

namespace TSpin.SelfPlay;

/// <summary>
/// Rank 0's side where several processes answer and score with one model outside a run; the others are <see cref="AnsweringWorker"/>s.
/// </summary>
/// <param name="ranks">The processes; the others wait for orders from now on.</param>
public sealed class AnsweringLeader(RankGroup ranks)
{
    private readonly RankLeader _leader = new(ranks, ShardingKind.None);

    /// <summary>Lets all processes answer.</summary>
    /// <param name="own">This process' generator.</param>
    /// <param name="decoder">Its model, which all have loaded.</param>
    /// <returns>Answers whole waves in each process, with the bytes of one.</returns>
    public IGenerator Divide(Generator own, Decoder decoder) => _leader.Divide(own, decoder);

    /// <summary>Lets all processes answer, whatever the options.</summary>
    /// <param name="decoder">The model that all have loaded.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <returns>Makes a generator as <see cref="Divide(Generator, Decoder)"/> does.</returns>
    public Func<SamplingOptions, IReadOnlyList<int>, IGenerator> Generators(Decoder decoder, Tokenizer tokenizer) =>
        (options, ends) => Divide(new Generator(decoder, tokenizer, options, ends), decoder);

    /// <summary>Lets all processes score texts.</summary>
    /// <param name="decoder">The model that all have loaded.</param>
    /// <returns>Scores whole passes in each process, with the bits of one.</returns>
    public IScoringProcesses Divide(Decoder decoder) => _leader.Divide(decoder);

    /// <summary>Does the work, and lets the others end as it ends.</summary>
    /// <param name="work">Answers and scores.</param>
    /// <returns>What it returns, the exit code of all.</returns>
    public int Lead(Func<AnsweringLeader, int> work)
    {
        int code;
        try
        {
            code = work(this);
        }
        catch (Exception error)
        {
            _leader.Stop(error);
            throw;
        }

        _leader.Stop(code);
        return code;
    }
}
