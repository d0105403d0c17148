using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>A pass of a <see cref="ContinuationScorer"/>.</summary>
/// <param name="Beginnings">Sequences by the beginning that they share.</param>
public sealed record ContinuationPass(IReadOnlyList<ContinuationPass.Beginning> Beginnings) : ScoringPass
{
    // Log-probabilities of a whole vocabulary that are held at once.
    private const long MostLogits = 1 << 24;

    /// <summary>Inputs that begin alike.</summary>
    /// <param name="Length">How many tokens they share.</param>
    /// <param name="Inputs">The inputs, all different.</param>
    public sealed record Beginning(int Length, IReadOnlyList<Input> Inputs);

    /// <summary>A sequence without its last token, which predicts nothing, so that several sequences may have it.</summary>
    /// <param name="Tokens">Its ids.</param>
    /// <param name="Continuations">What is scored of them: where each begins, and its ids.</param>
    public sealed record Input(int[] Tokens, IReadOnlyList<Continuation> Continuations);

    /// <summary>A continuation of an input.</summary>
    /// <param name="First">Its place in the sequence.</param>
    /// <param name="Tokens">Its ids.</param>
    public sealed record Continuation(int First, int[] Tokens);

    internal override ScoredResponse[] Run(Decoder decoder)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var ids = new List<long>();
        var segments = new List<PackedSegment>();
        var wanted = new List<(int[] Tokens, long[] Places)>();
        foreach (var (length, inputs) in Beginnings)
        {
            var (prompt, start) = (segments.Count, ids.Count);
            Append(inputs[0].Tokens.AsSpan(0, length), -1);
            foreach (var input in inputs)
            {
                var own = ids.Count;
                Append(input.Tokens.AsSpan(length), prompt);
                wanted.AddRange(input.Continuations.Select(continuation => (continuation.Tokens, Places(continuation, length, start, own))));
            }
        }

        var hidden = decoder.Hidden(Tensor.From<long>([.. ids], [1, ids.Count], decoder.Device), AttentionLayout.Packed(segments, decoder.Device)).Squeeze(0);
        return Heads(decoder, hidden, wanted);

        void Append(ReadOnlySpan<int> tokens, long parent)
        {
            if (tokens.Length > 0)
            {
                segments.Add(new PackedSegment(ids.Count, tokens.Length, parent));
                foreach (var token in tokens)
                {
                    ids.Add(token);
                }
            }
        }

        static long[] Places(Continuation continuation, int length, long start, long own) =>
            [.. Enumerable.Range(continuation.First - 1, continuation.Tokens.Length).Select(place => place < length ? start + place : own + place - length)];
    }

    // Places that several continuations start from are looked at once.
    private static ScoredResponse[] Heads(Decoder decoder, Tensor hidden, List<(int[] Tokens, long[] Places)> wanted)
    {
        long[] places = [.. wanted.SelectMany(continuation => continuation.Places).Distinct().Order()];
        var asked = wanted.SelectMany(continuation => continuation.Places.Select((place, i) => (Place: place, Token: continuation.Tokens[i])))
            .Distinct().OrderBy(token => token.Place).ToArray();
        var found = new Dictionary<(long Place, int Token), (float LogProb, bool IsBest)>();
        var vocabulary = (long)decoder.Config.VocabularySize;
        var next = 0;
        foreach (var chunk in places.Chunk((int)Math.Max(16, MostLogits / vocabulary)))
        {
            using var scope = new TensorScope();
            var logProbs = decoder.Logits(hidden.IndexSelect(0, Tensor.From(chunk, decoder.Device))).LogSoftmax(-1, DType.Float32);       // (U, V)
            var best = logProbs.ArgMax(-1).ToArray<long>();
            var row = new Dictionary<long, int>(chunk.Select((place, i) => KeyValuePair.Create(place, i)));
            var end = next;
            while (end < asked.Length && asked[end].Place <= chunk[^1])
            {
                end++;
            }

            var own = asked[next..end];
            var width = logProbs.Shape[^1];
            var values = logProbs.Reshape(chunk.Length * width).IndexSelect(0, Tensor.From(own.Select(token => (row[token.Place] * width) + token.Token).ToArray(), decoder.Device)).To(DType.Float32, Device.Cpu).ToArray<float>();
            for (var i = 0; i < own.Length; i++)
            {
                found[own[i]] = (values[i], best[row[own[i].Place]] == own[i].Token);
            }

            next = end;
        }

        return [.. wanted.Select(continuation =>
        {
            var tokens = continuation.Places.Select((place, i) => found[(place, continuation.Tokens[i])]).ToArray();
            return new ScoredResponse([.. tokens.Select(token => token.LogProb)], tokens.All(token => token.IsBest));
        })];
    }
}
