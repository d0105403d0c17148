using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TSpin.Files;
using TSpin.Models;

namespace TSpin.Scoring;

/// <summary>
/// Log-probabilities of given continuations and whether greedy decoding would write them, for many sequences that begin alike: what several begin with (examples, a question) is computed
/// once for all of them, sequences that differ in their last token alone are one, and the output head sees only the places that predict something. The log-softmax is float32.
/// </summary>
/// <param name="decoder">The model.</param>
/// <param name="passTokens">Most tokens at once; a longer sequence goes alone. Default 4096.</param>
/// <param name="processes">Those that compute passes at the same time. Default: this one alone.</param>
public sealed class ContinuationScorer(Decoder decoder, int passTokens = 4096, IScoringProcesses? processes = null)
{
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
        var (done, wanted) = (0L, (double)tokens.Sum());
        foreach (var round in passes.Index().Chunk(processes?.Count ?? 1))
        {
            cancellation.ThrowIfCancellationRequested();
            var wants = round.Where(pass => !finished.ContainsKey(pass.Index)).ToArray();
            ContinuationPass[] computing = [.. wants.Select(pass => PassOf(pass.Item, all, sequences))];
            var computed = computing.Length == 0 ? [] : processes?.Run(computing) ?? [computing[0].Run(decoder)];
            foreach (var ((number, pass), scores) in wants.Zip(computed))
            {
                int[] indices = [.. pass.SelectMany(part => part.Item2).SelectMany(member => all[member].Value)];
                finished.Add(number, [.. indices.Zip(scores)]);
                writer?.Append(new ScoredPass(work, number, indices, [.. scores.Select(score => score.TokenLogProbs)], [.. scores.Select(score => score.IsGreedy == true)]));
            }

            foreach (var (number, _) in round)
            {
                foreach (var (index, score) in finished[number])
                {
                    results[index] = score;
                }

                done += tokens[number];
                progress?.Invoke(done / wanted);
            }
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

    private static ContinuationPass PassOf(
        IReadOnlyList<(int Length, int[] Sequences)> pass, KeyValuePair<int[], List<int>>[] inputs, IReadOnlyList<(int[] Context, int[] Continuation)> sequences) =>
        new([.. pass.Select(part => new ContinuationPass.Beginning(part.Length, [.. part.Sequences.Select(member => new ContinuationPass.Input(
            inputs[member].Key,
            [.. inputs[member].Value.Select(index => new ContinuationPass.Continuation(sequences[index].Context.Length, sequences[index].Continuation))]))]))]);

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
