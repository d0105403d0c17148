using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TSpin.Files;
using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>
/// Log-probabilities of given continuations and whether greedy decoding would write them, for many sequences that begin alike: what several begin with (examples, a question) is computed
/// once for all of them, sequences that differ in their last token alone are one, and the output head sees only the places that predict something. The log-softmax is float32.
/// </summary>
/// <param name="decoder">The model.</param>
/// <param name="passTokens">Most tokens at once; a longer sequence goes alone. Default 4096.</param>
public sealed class ContinuationScorer(Decoder decoder, int passTokens = 4096)
{
    // Log-probabilities of a whole vocabulary that are held at once.
    private const long MostLogits = 1 << 24;

    /// <summary>Scores continuations.</summary>
    /// <param name="sequences">Ids of every context (at least one) and of its continuation (at least one).</param>
    /// <param name="progress">Told after every pass which share of all tokens is computed, 1 at the end. Default: nobody.</param>
    /// <param name="file">Where finished passes are written down, so that the same work of the same model goes on behind them after a kill. Default: nowhere.</param>
    /// <param name="cancellation">Looked at before every pass.</param>
    /// <returns>A score per sequence, in their order.</returns>
    /// <exception cref="TSpinException">The file cannot be written, or belongs to other sequences.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<ScoredResponse> Score(
        IReadOnlyList<(int[] Context, int[] Continuation)> sequences, Action<double>? progress = null, string? file = null, CancellationToken cancellation = default)
    {
        // The last token predicts nothing.
        var inputs = new Dictionary<int[], List<int>>(new SameTokens());
        for (var i = 0; i < sequences.Count; i++)
        {
            int[] input = [.. sequences[i].Context, .. sequences[i].Continuation.AsSpan(..^1)];
            (inputs.TryGetValue(input, out var known) ? known : inputs[input] = []).Add(i);
        }

        var all = inputs.ToArray();
        var results = new ScoredResponse[sequences.Count];
        // Where positions stretch with the sequence, nothing can be shared.
        var passes = decoder.SharesPrompts ? SharedPrefixes.Plan([.. all.Select(input => input.Key)], passTokens) : [.. all.Select((input, i) => (IReadOnlyList<(int, int[])>)[(input.Key.Length, [i])])];
        var work = file is null ? "" : NameOf(sequences);
        var finished = file is null ? [] : Finished(file, work, sequences.Count);
        using var writer = file is null ? null : new JsonLinesWriter<ScoredPass>(file);
        long[] tokens = [.. passes.Select(pass => pass.Sum(part => part.Item1 + part.Item2.Sum(member => (long)all[member].Key.Length - part.Item1)))];
        var (computed, wanted) = (0L, (double)tokens.Sum());
        foreach (var (pass, number) in passes.Select((pass, i) => (pass, i)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!finished.TryGetValue(number, out var scores))
            {
                var found = Run(pass, all, sequences);
                scores = found;
                writer?.Append(new ScoredPass(work, number, [.. found.Select(score => score.Index)], [.. found.Select(score => score.Score.TokenLogProbs)], [.. found.Select(score => score.Score.IsGreedy == true)]));
            }

            foreach (var (index, score) in scores)
            {
                results[index] = score;
            }

            computed += tokens[number];
            progress?.Invoke(computed / wanted);
        }

        return results;
    }

    // The passes follow from the sequences, so the same sequences have the same ones.
    private static Dictionary<int, IReadOnlyList<(int Index, ScoredResponse Score)>> Finished(string file, string work, int sequences)
    {
        var finished = new Dictionary<int, IReadOnlyList<(int, ScoredResponse)>>();
        if (!File.Exists(file))
        {
            return finished;
        }

        foreach (var pass in JsonLinesReader.Read<ScoredPass>(file, ignoreTornLastLine: true))
        {
            finished[pass.Pass] = pass.Of == work && pass.IsWhole(sequences) ? [.. pass.Scores()]
                : throw new TSpinException($"{file}: belongs to other questions, or is damaged. Delete it: what it holds is computed again.");
        }

        return finished;
    }

    private string NameOf(IReadOnlyList<(int[] Context, int[] Continuation)> sequences)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(passTokens));
        foreach (var (context, continuation) in sequences)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>([context.Length, continuation.Length]));
            hash.AppendData(MemoryMarshal.AsBytes(context.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(continuation.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()[..8]);
    }

    private List<(int Index, ScoredResponse Score)> Run(
        IReadOnlyList<(int Length, int[] Sequences)> pass, KeyValuePair<int[], List<int>>[] inputs, IReadOnlyList<(int[] Context, int[] Continuation)> sequences)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var ids = new List<long>();
        var segments = new List<PackedSegment>();
        var wanted = new List<(int Index, long[] Places)>();
        foreach (var (length, members) in pass)
        {
            var (prompt, start) = (segments.Count, ids.Count);
            Append(inputs[members[0]].Key.AsSpan(0, length), -1);
            foreach (var member in members)
            {
                var own = ids.Count;
                Append(inputs[member].Key.AsSpan(length), prompt);
                wanted.AddRange(inputs[member].Value.Select(index => (index, Places(index, length, start, own))));
            }
        }

        var hidden = decoder.Hidden(Tensor.From<long>([.. ids], [1, ids.Count], decoder.Device), AttentionLayout.Packed(segments, decoder.Device)).Squeeze(0);
        return Heads(hidden, wanted, sequences);

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

        long[] Places(int index, int length, long start, long own)
        {
            var first = sequences[index].Context.Length - 1;
            return [.. Enumerable.Range(first, sequences[index].Continuation.Length).Select(place => place < length ? start + place : own + place - length)];
        }
    }

    // Places that several continuations start from are looked at once.
    private List<(int Index, ScoredResponse Score)> Heads(Tensor hidden, List<(int Index, long[] Places)> wanted, IReadOnlyList<(int[] Context, int[] Continuation)> sequences)
    {
        long[] places = [.. wanted.SelectMany(continuation => continuation.Places).Distinct().Order()];
        var asked = wanted.SelectMany(continuation => continuation.Places.Select((place, i) => (Place: place, Token: sequences[continuation.Index].Continuation[i])))
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
            var tokens = continuation.Places.Select((place, i) => found[(place, sequences[continuation.Index].Continuation[i])]).ToArray();
            return (continuation.Index, new ScoredResponse([.. tokens.Select(token => token.LogProb)], tokens.All(token => token.IsBest)));
        })];
    }

    private sealed class SameTokens : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] tokens)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(tokens.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
