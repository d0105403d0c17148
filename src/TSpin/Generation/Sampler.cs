using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>
/// Chooses the next token of every row on the model's device, by inverting the cumulative distribution: token i is taken when the row's
/// uniform number lies between the probabilities summed up to i - 1 and up to i, in the order of the vocabulary and in float64. One row's
/// choice depends on that row only. On the CPU one native pass does it and sorts only the tokens near a cut; elsewhere libtorch's operations do.
/// </summary>
public sealed class Sampler
{
    // Nearly every nucleus of a language model fits in this many tokens; sorting whole vocabularies costs more than the model does.
    private const int FirstNucleusCandidates = 512;

    private readonly SamplingOptions _options;

    /// <summary>Takes the options.</summary>
    /// <param name="options">Temperature, top-k and top-p are used.</param>
    public Sampler(SamplingOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>True when no random numbers are needed.</summary>
    public bool IsGreedy => _options.Temperature == 0;

    /// <summary>Chooses one token per row.</summary>
    /// <param name="logits">[N, V], any floating type.</param>
    /// <param name="uniforms">N numbers in [0, 1); not read when <see cref="IsGreedy"/>.</param>
    /// <returns>
    /// N token ids and their log-probabilities in nats under the logits themselves: temperature 1, nothing cut. A row that holds a NaN or +infinity gets some
    /// valid id and the log-probability NaN.
    /// </returns>
    public (long[] Tokens, float[] LogProbs) Next(Tensor logits, double[] uniforms)
    {
        if (logits.Device == Device.Cpu && logits.DType != DType.Float64)
        {
            return FusedLayers.Choose(logits, IsGreedy ? [] : uniforms, _options.Temperature, _options.TopK, _options.TopP);
        }

        var chosen = IsGreedy ? logits.ArgMax(-1) : Draw(Probabilities(logits), uniforms);
        return (chosen.ToArray<long>(), logits.LogSoftmax(-1, DType.Float32).Gather(-1, chosen.Unsqueeze(-1)).ToArray<float>());
    }

    /// <summary>What tokens are drawn from: temperature, then top-k, then top-p.</summary>
    /// <param name="logits">[N, V], any floating type.</param>
    /// <returns>float64 [N, V], not negative, in proportion to the probabilities; 0 for what was cut.</returns>
    public Tensor Probabilities(Tensor logits)
    {
        var scaled = _options.Temperature == 1 ? logits : logits.To(DType.Float64) / _options.Temperature;
        var probabilities = scaled.Softmax(-1, DType.Float64);
        var limited = _options.TopK > 0 && _options.TopK < probabilities.Size(-1);
        return limited || _options.TopP < 1 ? Truncate(probabilities, limited) : probabilities;
    }

    private static Tensor Draw(Tensor probabilities, double[] uniforms)
    {
        var cumulative = probabilities.CumulativeSum(-1);                                               // (N, V)
        var last = cumulative.Size(-1) - 1;
        var threshold = cumulative.Narrow(-1, last, 1) * Tensor.From<double>(uniforms, [uniforms.Length, 1], cumulative.Device);
        // The last sum lies above the threshold in any case, and not counting it keeps a row of NaNs inside the vocabulary.
        return cumulative.Narrow(-1, 0, last).LessOrEqual(threshold).To(DType.Int64).Sum(-1);
    }

    private Tensor Truncate(Tensor probabilities, bool limited)
    {
        var vocabulary = probabilities.Size(-1);
        var candidates = limited ? _options.TopK : Math.Min(FirstNucleusCandidates, vocabulary);
        while (true)
        {
            var (values, _) = probabilities.TopK(candidates, -1);                                       // (N, C), falling
            var (kept, reached) = CountKept(probabilities, values, limited);
            if (limited || candidates == vocabulary || reached)
            {
                return KeepLikeliest(probabilities, kept, values.Gather(-1, kept - Ones(kept)));
            }

            candidates = Math.Min(candidates * 8, vocabulary);
        }
    }

    /// <summary>How many tokens of each row stay, int64 [N, 1], and whether that number lies among the candidates for sure.</summary>
    private (Tensor Kept, bool Reached) CountKept(Tensor probabilities, Tensor values, bool limited)
    {
        var candidates = values.Size(-1);
        if (_options.TopP >= 1)
        {
            return (Tensor.Full([values.Size(0), 1], candidates, DType.Int64, values.Device), true);
        }

        var target = (limited ? values : probabilities).Sum(-1, keep: true) * _options.TopP;
        var tooFew = values.CumulativeSum(-1).Less(target).To(DType.Int64);
        var kept = tooFew.Narrow(-1, 0, candidates - 1).Sum(-1, keep: true);
        return (kept + Ones(kept), tooFew.Narrow(-1, candidates - 1, 1).Sum().Item() == 0);
    }

    /// <summary>Zeroes all but the <paramref name="kept"/> likeliest tokens; of those equal to the least likely one the lower ids stay.</summary>
    private static Tensor KeepLikeliest(Tensor probabilities, Tensor kept, Tensor least)
    {
        var above = probabilities.Greater(least);
        var equal = probabilities.EqualTo(least);
        var room = kept - above.To(DType.Int64).Sum(-1, keep: true);
        var keep = above.LogicalOr(equal.LogicalAnd(equal.To(DType.Int64).CumulativeSum(-1).LessOrEqual(room)));
        return probabilities.MaskedFill(keep.LogicalNot(), 0);
    }

    private static Tensor Ones(Tensor like) => Tensor.Full(like.Shape, 1, DType.Int64, like.Device);
}
