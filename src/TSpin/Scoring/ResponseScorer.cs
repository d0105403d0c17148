using TSpin.Models;
using TSpin.Prompts;

namespace TSpin.Scoring;

/// <summary>
/// Log-probabilities of given responses token by token, without gradients, as training computes them: several sequences in a row of tokens (<see cref="PackedForward"/>). The log-softmax is
/// float32 whatever the model computes in.
/// </summary>
/// <param name="decoder">The model.</param>
/// <param name="batchSize">Most sequences at once. Default 8.</param>
/// <param name="batchTokens">Most tokens at once; a longer sequence goes alone. Default 8192.</param>
/// <param name="comparesWithGreedy">Whether <see cref="ScoredResponse.IsGreedy"/> is wanted, which takes the output head a second time. Default false.</param>
/// <param name="processes">Those that compute batches at the same time. Default: this one alone.</param>
public sealed class ResponseScorer(Decoder decoder, int batchSize = 8, int batchTokens = 8192, bool comparesWithGreedy = false, IScoringProcesses? processes = null)
{
    /// <summary>Scores responses.</summary>
    /// <param name="sequences">Ids of every prompt (at least one, or the first response token would follow nothing) and of its response.</param>
    /// <param name="firstNumber">What messages call the first sequence. Default 0.</param>
    /// <param name="progress">Told of every batch: its sequences, and the tokens of their prompts and responses.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <returns>A score per sequence, in their order.</returns>
    /// <exception cref="TSpinException">A prompt is empty, a sequence is longer than the model's table of learned positions (rotary ones have no end), or an id is not in its vocabulary.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<ScoredResponse> Score(IReadOnlyList<(int[] Prompt, int[] Response)> sequences, int firstNumber = 0, IProgress<(int Sequences, long Tokens)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchTokens);
        for (var i = 0; i < sequences.Count; i++)
        {
            Check(firstNumber + i, sequences[i]);
        }

        var results = new ScoredResponse[sequences.Count];
        Triplet[] triplets = [.. sequences.Select((sequence, i) => new Triplet(i, sequence.Prompt, sequence.Response))];
        foreach (var round in PassPlan.Of(triplets, batchTokens, batchSize, padded: !decoder.SharesPrompts).Chunk(processes?.Count ?? 1))
        {
            cancellation.ThrowIfCancellationRequested();
            ResponsePass[] passes = [.. round.Select(pass => new ResponsePass([.. pass.Select(index => triplets[index])], comparesWithGreedy))];
            foreach (var (pass, scores) in round.Zip(processes?.Run(passes) ?? [passes[0].Run(decoder)]))
            {
                foreach (var (index, score) in pass.Zip(scores))
                {
                    results[index] = score;
                }

                progress?.Report((pass.Length, pass.Sum(index => (long)sequences[index].Prompt.Length + sequences[index].Response.Length)));
            }
        }

        return results;
    }

    private void Check(int number, (int[] Prompt, int[] Response) sequence)
    {
        if (sequence.Prompt.Length == 0)
        {
            throw new TSpinException($"record {number}: the prompt has no tokens, so the first response token follows nothing. Give it text, or begin with the model's BOS token.");
        }

        var length = sequence.Prompt.Length + sequence.Response.Length;
        if (length > decoder.Config.LongestSequence && decoder.Config.Modules.Positions is not null)
        {
            throw new TSpinException($"record {number}: has {length} tokens; the model takes {decoder.Config.LongestSequence}. Shorten it.");
        }

        foreach (var id in sequence.Prompt.Concat(sequence.Response))
        {
            if (id < 0 || id >= decoder.Config.VocabularySize)
            {
                throw new TSpinException($"record {number}: token id {id} is not in the model's vocabulary of {decoder.Config.VocabularySize}. Use the ids of this model's tokenizer.");
            }
        }
    }
}
