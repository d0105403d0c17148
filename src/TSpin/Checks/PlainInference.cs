using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// The simplest uses of a decoder, one sequence at a time. Nothing is shared with generation, so that a fault there cannot hide itself.
/// Everything runs without recording gradients.
/// </summary>
internal static class PlainInference
{
    /// <summary>Logits of one unpadded sequence without a cache: float32 [T, V] on the CPU, in the caller's scope.</summary>
    public static Tensor Logits(Decoder decoder, int[] ids)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        return scope.Keep(decoder.Logits(Hidden(decoder, ids).To(decoder.ComputeType, decoder.Device)).To(DType.Float32, Device.Cpu).Contiguous());
    }

    /// <summary>Hidden states of one unpadded sequence after the last norm: float32 [T, H] on the CPU, in the caller's scope.</summary>
    public static Tensor Hidden(Decoder decoder, int[] ids)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var hidden = decoder.Hidden(Row(ids, decoder.Device), AttentionLayout.Causal(ids.Length, decoder.Device));
        return scope.Keep(hidden.Squeeze(0).To(DType.Float32, Device.Cpu).Contiguous());
    }

    /// <summary>Log-probability of token i + 1 given tokens 0 to i, in nats, from logits [T, V]; T - 1 numbers.</summary>
    public static double[] TokenLogProbs(Tensor logits, int[] ids)
    {
        if (ids.Length < 2)
        {
            return [];
        }

        using var scope = new TensorScope();
        var following = Tensor.From<long>(ids[1..].Select(id => (long)id).ToArray(), [ids.Length - 1, 1]);
        return logits.Narrow(0, 0, ids.Length - 1).LogSoftmax(-1, DType.Float64).Gather(1, following).Squeeze(1).ToArray<double>();
    }

    /// <summary>The most likely continuation, one token at a time through a key-value cache.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="prompt">At least one token.</param>
    /// <param name="count">Most new tokens.</param>
    /// <param name="stops">Tokens that end the continuation and are kept.</param>
    public static int[] Greedy(Decoder decoder, int[] prompt, int count, IReadOnlyCollection<int> stops)
    {
        using var off = GradMode.Off();
        using var cache = new KeyValueCache(decoder.Config, 1, prompt.Length + count, decoder.ComputeType, decoder.Device);
        var result = new List<int>();
        var input = prompt;
        while (result.Count < count)
        {
            using var scope = new TensorScope();
            if (!decoder.Config.CacheSurvives(cache.Used, cache.Used + input.Length))
            {
                input = [.. prompt, .. result];
                cache.Used = 0;
            }

            var start = cache.Used;
            cache.Used += input.Length;
            var positions = (Tensor.Range(input.Length, DType.Int64, decoder.Device) + start).Unsqueeze(0);
            var layout = new AttentionLayout(positions, Tensor.Range(cache.Used, DType.Int64, decoder.Device).Unsqueeze(0));
            var last = decoder.Hidden(Row(input, decoder.Device), layout, cache).Narrow(1, input.Length - 1, 1);
            var next = (int)decoder.Logits(last).To(DType.Float32).ArgMax(-1).Item();
            result.Add(next);
            if (stops.Contains(next))
            {
                break;
            }

            input = [next];
        }

        return [.. result];
    }

    private static Tensor Row(int[] ids, Device device) => Tensor.From<long>(ids.Select(id => (long)id).ToArray(), [1, ids.Length], device);
}
