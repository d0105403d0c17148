using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Triplets;

/// <summary>
/// All triplets of a batch in one row of tokens without padding: each prompt once, then its distinct responses, which see the prompt and
/// themselves. The numbers are those of <see cref="PaddedForward"/>, which also stands in for models whose prompts depend on the length
/// of what follows them.
/// </summary>
public sealed class PackedForward : ITripletForward
{
    /// <inheritdoc/>
    public TripletLogProbs Run(Decoder policy, IReadOnlyList<Triplet> triplets) => Prepare(policy, triplets)();

    /// <inheritdoc/>
    public Func<TripletLogProbs> Prepare(Decoder policy, IReadOnlyList<Triplet> triplets)
    {
        if (!policy.SharesPrompts)
        {
            return () => new PaddedForward().Run(policy, triplets);
        }

        var (row, annotated, synthetic, proto) = Lay(triplets);
        return () =>
        {
            var sums = ResponseSums(policy, row);
            return new TripletLogProbs(
                Pick(annotated), synthetic is null ? null : Pick(synthetic), proto is null ? null : Pick(proto), row.Ids.Count, row.UsefulTokens);

            Tensor Pick(long[] responses) => sums.IndexSelect(0, Tensor.From(responses, sums.Device));
        };
    }

    /// <summary>The row of a pass, and the number in it of every triplet's y, y' and y0.</summary>
    internal static (PackedRow Row, long[] Annotated, long[]? Synthetic, long[]? ProtoSynthetic) Lay(IReadOnlyList<Triplet> triplets)
    {
        var row = new PackedRow();
        var annotated = new long[triplets.Count];
        var synthetic = triplets[0].Synthetic is null ? null : new long[triplets.Count];
        var proto = triplets[0].ProtoSynthetic is null ? null : new long[triplets.Count];
        for (var i = 0; i < triplets.Count; i++)
        {
            row.BeginPrompt(triplets[i].Prompt);
            annotated[i] = row.Add(triplets[i].Annotated);
            if (synthetic is not null)
            {
                synthetic[i] = row.Add(triplets[i].Synthetic!);
            }

            if (proto is not null)
            {
                proto[i] = row.Add(triplets[i].ProtoSynthetic!);
            }
        }

        return (row, annotated, synthetic, proto);
    }

    /// <inheritdoc/>
    public bool Pads(Decoder policy) => !policy.SharesPrompts;

    // Sum of the token log-probabilities of every response: [responses], float32 (float64 for a float64 model).
    private static Tensor ResponseSums(Decoder policy, PackedRow row)
    {
        var device = policy.Device;
        var sums = Tensor.Zeros([row.Responses], policy.ComputeType == DType.Float64 ? DType.Float64 : DType.Float32, device);
        if (row.Targets.Count == 0)
        {
            return sums;
        }

        // The graph keeps what backward needs; handles would keep the rest as well. Blocks that are computed again need the layout.
        using var scope = policy.RecomputesBlocks ? null : new TensorScope();
        var hidden = policy.Hidden(Tensor.From<long>([.. row.Ids], [1, row.Ids.Count], device), AttentionLayout.Packed(row.Segments, device));
        var predicting = hidden.Squeeze(0).IndexSelect(0, Tensor.From<long>([.. row.Predicting], device));                // (R, H)
        var logProbs = policy.TokenLogProbs(predicting, Tensor.From<long>([.. row.Targets], device));                     // (R)
        var result = sums.IndexAdd(0, Tensor.From<long>([.. row.Owners], device), logProbs);
        return scope?.Keep(result) ?? result;
    }
}
