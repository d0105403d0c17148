using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>
/// Log-probabilities of given responses token by token, without gradients: several sequences at once, padded on the right, those of like
/// length together. The log-softmax is float32 whatever the model computes in.
/// </summary>
/// <param name="decoder">The model.</param>
/// <param name="batchSize">Most sequences at once. Default 8.</param>
/// <param name="batchTokens">Most tokens at once, padding included; a longer sequence goes alone. Default 8192.</param>
public sealed class ResponseScorer(Decoder decoder, int batchSize = 8, int batchTokens = 8192)
{
    private const int Padding = 0;

    // Logits are as wide as the vocabulary: this many numbers of them at a time, 128 MiB.
    private const long MostLogits = 1 << 25;

    /// <summary>Scores responses.</summary>
    /// <param name="sequences">Ids of every prompt (at least one, or the first response token would follow nothing) and of its response.</param>
    /// <param name="firstNumber">What messages call the first sequence. Default 0.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <returns>A score per sequence, in their order.</returns>
    /// <exception cref="TSpinException">A prompt is empty, a sequence is longer than the model's table of learned positions (rotary ones have no end), or an id is not in its vocabulary.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<ScoredResponse> Score(IReadOnlyList<(int[] Prompt, int[] Response)> sequences, int firstNumber = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchTokens);
        for (var i = 0; i < sequences.Count; i++)
        {
            Check(firstNumber + i, sequences[i]);
        }

        var results = new ScoredResponse[sequences.Count];
        var byLength = Enumerable.Range(0, sequences.Count).OrderByDescending(Length).ToArray();
        for (var start = 0; start < byLength.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Clamp(batchTokens / Math.Max(1, Length(byLength[start])), 1, batchSize);
            var batch = byLength.AsSpan(start, Math.Min(count, byLength.Length - start)).ToArray();
            var scores = ScoreBatch([.. batch.Select(i => sequences[i])]);
            for (var i = 0; i < batch.Length; i++)
            {
                results[batch[i]] = scores[i];
            }

            start += batch.Length;
        }

        return results;

        int Length(int i) => sequences[i].Prompt.Length + sequences[i].Response.Length;
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

    private ScoredResponse[] ScoreBatch((int[] Prompt, int[] Response)[] rows)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var length = rows.Max(row => row.Prompt.Length + row.Response.Length);
        var ids = new long[rows.Length * length];
        Array.Fill(ids, Padding);
        var positions = new List<long>();
        var targets = new List<long>();
        for (var row = 0; row < rows.Length; row++)
        {
            var (prompt, response) = rows[row];
            var at = row * length;
            foreach (var id in prompt)
            {
                ids[at++] = id;
            }

            foreach (var id in response)
            {
                // The logits at a position predict the token at the next one.
                positions.Add(at - 1);
                targets.Add(id);
                ids[at++] = id;
            }
        }

        var layout = AttentionLayout.Causal(length, decoder.Device, [.. rows.Select(row => (long)row.Prompt.Length + row.Response.Length)]);
        var hidden = decoder.Hidden(Tensor.From<long>(ids, [rows.Length, length], decoder.Device), layout)
            .Reshape(-1, decoder.Config.HiddenSize);                                                           // (N*T, H)
        var (logProbs, isBest) = Predicted(hidden, [.. positions], [.. targets]);
        var results = new ScoredResponse[rows.Length];
        var next = 0;
        for (var row = 0; row < rows.Length; row++)
        {
            var count = rows[row].Response.Length;
            results[row] = new ScoredResponse(logProbs[next..(next + count)], Array.IndexOf(isBest, false, next, count) < 0);
            next += count;
        }

        return results;
    }

    private (float[] LogProbs, bool[] IsBest) Predicted(Tensor hidden, long[] positions, long[] targets)
    {
        var logProbs = new float[targets.Length];
        var isBest = new bool[targets.Length];
        var slice = (int)Math.Max(1, MostLogits / decoder.Config.VocabularySize);
        for (var start = 0; start < targets.Length; start += slice)
        {
            using var scope = new TensorScope();
            var end = Math.Min(start + slice, targets.Length);
            var logits = decoder.Logits(hidden.IndexSelect(0, Tensor.From<long>(positions.AsSpan(start, end - start), [end - start], decoder.Device)));                  // (R, V)
            var best = logits.ArgMax(-1).ToArray<long>();
            logits.LogSoftmax(-1, DType.Float32).Gather(1, Tensor.From<long>(targets.AsSpan(start, end - start), [end - start, 1], decoder.Device)).Squeeze(1)
                .ToArray<float>().CopyTo(logProbs, start);
            for (var i = start; i < end; i++)
            {
                isBest[i] = best[i - start] == targets[i];
            }
        }

        return (logProbs, isBest);
    }
}
