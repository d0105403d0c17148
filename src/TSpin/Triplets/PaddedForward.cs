using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Triplets;

/// <summary>
/// One row per distinct (prompt, response), padded on the right. Where y' equals y or y0 the row is computed once and used twice. Logits
/// are made at response positions only: the logits at position i predict token i + 1, so the last prompt token predicts the first
/// response token.
/// </summary>
public sealed class PaddedForward : ITripletForward
{
    private const int Padding = 0;

    /// <inheritdoc/>
    public TripletLogProbs Run(Decoder policy, IReadOnlyList<Triplet> triplets)
    {
        var rows = new Rows();
        var annotated = triplets.Select(triplet => rows.Of(triplet, triplet.Annotated)).ToArray();
        var synthetic = triplets[0].Synthetic is null ? null : triplets.Select(triplet => rows.Of(triplet, triplet.Synthetic!)).ToArray();
        var proto = triplets[0].ProtoSynthetic is null ? null : triplets.Select(triplet => rows.Of(triplet, triplet.ProtoSynthetic!)).ToArray();

        var sums = RowSums(policy, rows);
        return new TripletLogProbs(
            Pick(sums, annotated), synthetic is null ? null : Pick(sums, synthetic), proto is null ? null : Pick(sums, proto),
            (long)rows.Count * rows.Length, rows.UsefulTokens);
    }

    /// <inheritdoc/>
    public bool Pads(Decoder policy) => true;

    private static Tensor Pick(Tensor sums, long[] rows) => sums.IndexSelect(0, Tensor.From(rows, sums.Device));

    // Sum of the token log-probabilities of every row's response: [rows], float32 (float64 for a float64 model).
    private static Tensor RowSums(Decoder policy, Rows rows)
    {
        var (ids, positions, targets, row) = rows.Flatten();
        var device = policy.Device;
        var hidden = policy.Hidden(Tensor.From<long>(ids, [rows.Count, rows.Length], device), AttentionLayout.Causal(rows.Length, device, rows.Lengths()));
        var sumType = policy.ComputeType == DType.Float64 ? DType.Float64 : DType.Float32;
        var sums = Tensor.Zeros([rows.Count], sumType, device);
        if (positions.Length == 0)
        {
            return sums;
        }

        var predicting = hidden.Reshape(-1, policy.Config.HiddenSize).IndexSelect(0, Tensor.From(positions, device));     // (R, H)
        var logProbs = policy.Logits(predicting).LogSoftmax(-1, sumType)                                                 // (R, V)
            .Gather(1, Tensor.From<long>(targets, [targets.Length, 1], device)).Squeeze(1);                               // (R)
        return sums.IndexAdd(0, Tensor.From(row, device), logProbs);
    }

    private sealed class Rows
    {
        private readonly List<(int[] Prompt, int[] Response)> _rows = [];

        public int Count => _rows.Count;

        public int Length { get; private set; }

        public long UsefulTokens { get; private set; }

        // The row of a response; a response that the same triplet already has shares its row.
        public long Of(Triplet triplet, int[] response)
        {
            for (var i = 0; i < _rows.Count; i++)
            {
                if (ReferenceEquals(_rows[i].Prompt, triplet.Prompt) && _rows[i].Response.AsSpan().SequenceEqual(response))
                {
                    return i;
                }
            }

            _rows.Add((triplet.Prompt, response));
            Length = Math.Max(Length, triplet.Prompt.Length + response.Length);
            UsefulTokens += triplet.Prompt.Length + response.Length;
            return _rows.Count - 1;
        }

        public long[] Lengths() => [.. _rows.Select(row => (long)row.Prompt.Length + row.Response.Length)];

        public (long[] Ids, long[] Positions, long[] Targets, long[] Row) Flatten()
        {
            var total = _rows.Sum(row => row.Response.Length);
            var ids = new long[_rows.Count * Length];
            Array.Fill(ids, Padding);
            var (positions, targets, owners) = (new long[total], new long[total], new long[total]);
            var next = 0;
            for (var row = 0; row < _rows.Count; row++)
            {
                var (prompt, response) = _rows[row];
                var start = row * Length;
                for (var i = 0; i < prompt.Length; i++)
                {
                    ids[start + i] = prompt[i];
                }

                for (var i = 0; i < response.Length; i++)
                {
                    ids[start + prompt.Length + i] = response[i];
                    positions[next] = start + prompt.Length + i - 1;
                    targets[next] = response[i];
                    owners[next++] = row;
                }
            }

            return (ids, positions, targets, owners);
        }
    }
}
