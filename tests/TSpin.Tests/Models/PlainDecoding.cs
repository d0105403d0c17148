using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Tests.Models;

/// <summary>New tokens one by one through the blocks that training runs: slow, and what the native and the recorded step are held against.</summary>
internal static class PlainDecoding
{
    /// <summary>A cache that holds rows of different lengths, read padded.</summary>
    public static KeyValueCache Filled(Decoder decoder, int[][] rows, int capacity = 20, int? places = null)
    {
        var cache = new KeyValueCache(decoder.Config, places ?? rows.Length, capacity, decoder.ComputeType, Device.Cpu);
        var longest = rows.Max(row => row.Length);
        long[] ids = [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(0, longest - row.Length)).Select(id => (long)id))];
        var positions = Tensor.Range(longest).Unsqueeze(0);
        cache.Used = longest;
        decoder.Hidden(Tensor.From<long>(ids, [rows.Length, longest]), new AttentionLayout(positions, positions, Tensor.From<long>([.. rows.Select(row => (long)row.Length)], [rows.Length, 1])), cache);
        return cache;
    }

    /// <summary>As <see cref="DecodeSession.Next"/>: [N, H].</summary>
    public static Tensor Next(Decoder decoder, long[] ids, long[] positions, KeyValueCache cache)
    {
        cache.Used = positions.Max() + 1;
        var newest = Tensor.From<long>(positions, [ids.Length, 1]);
        var layout = new AttentionLayout(newest, Tensor.Range(cache.Used).Unsqueeze(0), newest + 1);
        return decoder.Hidden(Tensor.From<long>(ids, [ids.Length, 1]), layout, cache).Squeeze(1);
    }

    /// <summary>What a session that goes on from a cache gives: [N, H].</summary>
    public static Tensor Quick(Decoder decoder, long[] ids, long[] positions, KeyValueCache cache) => Session(decoder, cache, packs: false).Next(ids, positions);

    /// <summary>A session over a cache that stays the caller's.</summary>
    public static DecodeSession Session(Decoder decoder, KeyValueCache cache, bool packs) => new(decoder, cache, packs);

    /// <summary>All numbers of a tensor.</summary>
    public static double[] Values(Tensor tensor) => tensor.To(DType.Float64).Reshape(-1).ToArray<double>();
}
