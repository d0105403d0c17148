using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>
/// Several operations of a decoder in single passes with backward passes of their own. On the CPU they run in float32 (float64 for
/// float64) whatever the storage, with AVX-512 or AVX2 where the processor has it; elsewhere, and where <see cref="TorchLibrary.UsesKernels"/>
/// is off, they are libtorch's own operations.
/// Results do not depend on the number of threads except through the matrix products.
/// </summary>
public static unsafe class FusedLayers
{
    /// <summary><see cref="Layers.RmsNorm"/>, or with 1 + weight in its place, as Gemma has it.</summary>
    /// <param name="input">[..., H].</param>
    /// <param name="weight">[H], of the input's type.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="plusOne">Multiply by 1 + weight, before the result is rounded to the input's type.</param>
    /// <returns>[..., H].</returns>
    public static Tensor RmsNorm(Tensor input, Tensor weight, double epsilon, bool plusOne = false)
    {
        Native.Check(Native.ts_fused_rms_norm(input.Handle, weight.Handle, epsilon, plusOne ? 1 : 0, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>silu(gate) x up (Shazeer 2020).</summary>
    /// <param name="gate">Any shape.</param>
    /// <param name="up">The same shape and type.</param>
    /// <returns>As the inputs.</returns>
    public static Tensor SwiGlu(Tensor gate, Tensor up)
    {
        Native.Check(Native.ts_swiglu(gate.Handle, up.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>Linear layers that all read one <see cref="RmsNorm"/>. On the CPU the norm's result is not kept for the backward pass but computed again.</summary>
    /// <param name="input">[..., H], at least two dimensions.</param>
    /// <param name="norm">[H], the norm's weight.</param>
    /// <param name="epsilon">As in <see cref="RmsNorm"/>.</param>
    /// <param name="plusOne">As in <see cref="RmsNorm"/>.</param>
    /// <param name="layers">Weights [out, H] and biases [out] or null, all of the input's type.</param>
    /// <returns>[..., out] for every layer.</returns>
    public static Tensor[] RmsNormLinear(Tensor input, Tensor norm, double epsilon, bool plusOne, IReadOnlyList<(Tensor Weight, Tensor? Bias)> layers)
    {
        var results = new nint[layers.Count];
        nint[] weights = [.. layers.Select(layer => layer.Weight.Handle.DangerousGetHandle())];
        nint[] biases = [.. layers.Select(layer => layer.Bias?.Handle.DangerousGetHandle() ?? 0)];
        fixed (nint* w = weights, b = biases, to = results)
        {
            Native.Check(Native.ts_rms_norm_linear(input.Handle, norm.Handle, epsilon, plusOne ? 1 : 0, w, b, layers.Count, to, Native.Error, Native.ErrorCapacity));
        }

        GC.KeepAlive(layers);
        return [.. results.Select(Tensor.Wrap)];
    }

    /// <summary>A linear layer of <see cref="SwiGlu"/>. On the CPU the activation's result is not kept for the backward pass but computed again.</summary>
    /// <param name="gate">[..., in], at least two dimensions.</param>
    /// <param name="up">As gate.</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[..., out].</returns>
    public static Tensor SwiGluLinear(Tensor gate, Tensor up, Tensor weight, Tensor? bias = null)
    {
        Native.Check(Native.ts_swiglu_linear(gate.Handle, up.Handle, weight.Handle, bias?.Handle ?? TensorHandle.None, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>
    /// Log-probabilities of given tokens under softmax(hidden x weight transposed), the vocabulary taken in chunks. Logits are kept for the backward pass as far as
    /// <see cref="LogProbHeadKept"/> says and else computed again there, so that memory does not grow with R x V.
    /// </summary>
    /// <param name="hidden">[R, H].</param>
    /// <param name="weight">[V, H], of the same type.</param>
    /// <param name="targets">int64 [R], each in 0..V-1: on the CPU others are refused, on a GPU their results are NaN.</param>
    /// <returns>[R], float32, or float64 for float64; nats.</returns>
    public static Tensor LogProbHead(Tensor hidden, Tensor weight, Tensor targets)
    {
        if (hidden.Rank != 2 || weight.Rank != 2)
        {
            return LogProbHeadInChunks(hidden, weight, targets, 1, 0); // which refuses them
        }

        var (rows, vocabulary, device) = (hidden.Size(0), weight.Size(0), hidden.Device);
        return LogProbHeadInChunks(hidden, weight, targets, LogProbHeadColumns(rows, vocabulary, device), LogProbHeadKept(rows, vocabulary, hidden.DType, device));
    }

    /// <summary><see cref="LogProbHead"/> in chunks of <paramref name="columns"/> and with the logits of the first <paramref name="kept"/> tokens of the vocabulary kept.</summary>
    internal static Tensor LogProbHeadInChunks(Tensor hidden, Tensor weight, Tensor targets, long columns, long kept)
    {
        Native.Check(Native.ts_log_prob_head(hidden.Handle, weight.Handle, targets.Handle, columns, kept, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>Columns of the logits that <see cref="LogProbHead"/> holds at once: about what the caches hold; on a GPU more, where few large products are better.</summary>
    /// <param name="rows">R.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="device">Where. Default: the CPU.</param>
    /// <returns>At least 512, at most the vocabulary.</returns>
    public static long LogProbHeadColumns(long rows, long vocabulary, Device device = default)
    {
        var elements = device == Device.Cpu ? 1L << 22 : 1L << 26;
        return Math.Min(vocabulary, Math.Max(512, elements / Math.Max(1, rows) / 64 * 64));
    }

    /// <summary>
    /// Columns of the logits that <see cref="LogProbHead"/> keeps for its backward pass, which need not be computed again: whole chunks of together at most 192 MiB, on a GPU 1 GiB. When that pass
    /// begins, there are no gradients yet: what is kept lies where they will.
    /// </summary>
    /// <param name="rows">R.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="type">Type of the hidden states.</param>
    /// <param name="device">Where. Default: the CPU.</param>
    /// <returns>A multiple of <see cref="LogProbHeadColumns"/>, or the vocabulary.</returns>
    public static long LogProbHeadKept(long rows, long vocabulary, DType type, Device device = default)
    {
        var bytes = device == Device.Cpu ? 192L << 20 : 1L << 30;
        var (columns, most) = (LogProbHeadColumns(rows, vocabulary, device), bytes / (Math.Max(1, rows) * type.Size()));
        return most >= vocabulary ? vocabulary : most / columns * columns;
    }

    /// <summary>
    /// Chooses a token per row: the likeliest, or a draw that inverts the cumulative distribution of softmax(logits / temperature) in float64, in the order of
    /// the vocabulary, after top-k and then top-p have cut it: token i is taken when the row's number lies between the probabilities summed up to i - 1 and up to i.
    /// Nothing is sorted but the tokens near the cut. Computed on the CPU.
    /// </summary>
    /// <param name="logits">[N, V].</param>
    /// <param name="uniforms">N numbers in [0, 1); none at temperature 0.</param>
    /// <param name="temperature">0 takes the likeliest token, of equals the lower id.</param>
    /// <param name="topK">Only so many of the likeliest tokens are kept, of equals the lower ids; 0 keeps all.</param>
    /// <param name="topP">Of those only as few as together reach this probability; 1 keeps all.</param>
    /// <returns>
    /// N tokens, and their log-probabilities in nats under the logits themselves (temperature 1, nothing cut). A row that holds a NaN or +infinity gets some
    /// valid token and the log-probability NaN.
    /// </returns>
    public static (long[] Tokens, float[] LogProbs) Choose(Tensor logits, ReadOnlySpan<double> uniforms, double temperature, long topK = 0, double topP = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(uniforms.Length, temperature == 0 && uniforms.Length == 0 ? 0 : logits.Size(0), nameof(uniforms));
        var (tokens, logProbs) = (new long[logits.Size(0)], new float[logits.Size(0)]);
        fixed (double* uniform = uniforms)
        fixed (long* token = tokens)
        fixed (float* logProb = logProbs)
        {
            Native.Check(Native.ts_choose(logits.Handle, uniform, temperature, topK, topP, token, logProb, Native.Error, Native.ErrorCapacity));
        }

        return (tokens, logProbs);
    }

    /// <summary>A decoder's blocks, one after the other, for one new token per row, on the CPU and without gradients; keys and values are stored in the cache on the way.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="hidden">The residual stream, [N, H], contiguous; changed in place.</param>
    /// <param name="positions">The N tokens' positions; a token attends to all slots up to its own.</param>
    public static void Decode(IReadOnlyList<DecodeBlock> blocks, Tensor hidden, ReadOnlySpan<long> positions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(positions.Length, hidden.Size(0), nameof(positions));
        var all = new NativeDecodeBlock[blocks.Count];
        for (var i = 0; i < all.Length; i++)
        {
            var (weights, constants) = (blocks[i].Weights, blocks[i].Constants);
            all[i] = new NativeDecodeBlock
            {
                Query = Projection(weights, weights.Query, weights.QueryBias),
                Key = Projection(weights, weights.Key, weights.KeyBias),
                Value = Projection(weights, weights.Value, weights.ValueBias),
                Output = Projection(weights, weights.Output),
                Gate = Projection(weights, weights.Gate),
                Up = Projection(weights, weights.Up),
                Down = Projection(weights, weights.Down),
                NormBeforeAttention = Of(weights.BeforeAttention),
                QueryNorm = Of(weights.QueryNorm),
                KeyNorm = Of(weights.KeyNorm),
                NormAfterAttention = Of(weights.AfterAttention),
                NormBeforeInner = Of(weights.BeforeFeedForward),
                NormAfterInner = Of(weights.AfterFeedForward),
                Keys = Of(blocks[i].Keys),
                Values = Of(blocks[i].Values),
                Cos = Of(blocks[i].Angles?.Cos),
                Sin = Of(blocks[i].Angles?.Sin),
                Epsilon = constants.NormEpsilon,
                Scale = constants.AttentionScale,
                SoftCap = constants.SoftCap ?? 0,
                ResidualScale = constants.ResidualScale,
                Window = constants.Window ?? 0,
                Heads = constants.Heads,
                PlusOne = constants.NormPlusOne ? 1 : 0,
                NormPerHead = constants.NormPerHead ? 1 : 0,
            };
        }

        fixed (NativeDecodeBlock* first = all)
        fixed (long* position = positions)
        {
            Native.Check(Native.ts_decode(first, all.Length, hidden.Handle, position, Native.Error, Native.ErrorCapacity));
        }

        GC.KeepAlive(blocks);

        static nint Of(Tensor? tensor) => tensor?.Handle.DangerousGetHandle() ?? 0;

        static NativeDecodeProjection Projection(DecodeBlockWeights weights, Tensor weight, Tensor? bias = null)
        {
            var update = weights.Updates?.GetValueOrDefault(weight);
            return new NativeDecodeProjection
            {
                Weight = Of(weight),
                Packed = Of(weights.Packed?.GetValueOrDefault(weight)),
                Bias = Of(bias),
                LoraA = Of(update?.A),
                LoraB = Of(update?.B),
                LoraScale = update?.Scale ?? 0,
            };
        }
    }

    /// <summary>
    /// A copy of a weight in the order in which products of up to 128 rows read it: each of them then takes less time, and gives the same bits. In bfloat16 with AVX-512 the copy takes
    /// 12 bits a number, without loss, as long as neighbouring exponents hold nearly all numbers, which those of trained weights do.
    /// </summary>
    /// <param name="weight">[out, in], on the CPU, bfloat16 (in even) or float32.</param>
    /// <returns>The copy, a row of bytes; null where this weight or this processor has no use for one.</returns>
    public static Tensor? PackWeights(Tensor weight)
    {
        Native.Check(Native.ts_pack_weights(weight.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return result == 0 ? null : Tensor.Wrap(result);
    }

    /// <summary><see cref="Layers.Linear"/> of a packed weight, without gradients.</summary>
    /// <param name="input">[..., in], at most 128 rows, of the weight's type.</param>
    /// <param name="packed">From <see cref="PackWeights"/>.</param>
    /// <param name="outputs">Rows of the weight.</param>
    /// <returns>[..., out].</returns>
    public static Tensor PackedLinear(Tensor input, Tensor packed, long outputs)
    {
        Native.Check(Native.ts_packed_linear(input.Handle, packed.Handle, outputs, out var result, Native.Error, Native.ErrorCapacity));
        return Tensor.Wrap(result);
    }

    /// <summary>
    /// Softmax attention over one packed row, rotary turns included. A query sees its own segment up to itself, and the whole segment that
    /// its own continues.
    /// </summary>
    /// <param name="query">[T, heads, D].</param>
    /// <param name="key">[T, key heads, D]; their number divides that of the heads.</param>
    /// <param name="value">[T, key heads, D].</param>
    /// <param name="angles">Cosines and sines [T, R/2] that turn the first R numbers of queries and keys; null for none.</param>
    /// <param name="segments">Where the segments lie; positions in none get zeros.</param>
    /// <param name="scale">Scores are query x key times this.</param>
    /// <param name="window">A query sees keys at most window - 1 positions before it; null sees all.</param>
    /// <param name="softCap">Scores s become c tanh(s / c); null for no bound.</param>
    /// <param name="path">How it is computed. Default: the best there is on the tensors' device.</param>
    /// <returns>[T, heads, D].</returns>
    public static Tensor SegmentAttention(
        Tensor query, Tensor key, Tensor value, (Tensor Cos, Tensor Sin)? angles, ReadOnlySpan<PackedSegment> segments, double scale,
        int? window = null, double? softCap = null, AttentionPath path = AttentionPath.Best)
    {
        const int numbers = 3;
        Span<long> flat = new long[numbers * segments.Length];
        for (var i = 0; i < segments.Length; i++)
        {
            (flat[numbers * i], flat[(numbers * i) + 1], flat[(numbers * i) + 2]) = (segments[i].Start, segments[i].Length, segments[i].Parent);
        }

        fixed (long* first = flat)
        {
            Native.Check(Native.ts_segment_attention(
                query.Handle, key.Handle, value.Handle, angles?.Cos.Handle ?? TensorHandle.None, angles?.Sin.Handle ?? TensorHandle.None, first, segments.Length, scale,
                window ?? 0, softCap ?? 0, (int)path, out var result, Native.Error, Native.ErrorCapacity));
            return Tensor.Wrap(result);
        }
    }
}
