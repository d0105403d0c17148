using TSpin.Safetensors;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>Writes a decoder's weights as a Hugging Face folder has them: same names, the type the checkpoint came in.</summary>
public static class DecoderSaver
{
    /// <summary>Writes <c>model.safetensors</c>, or shards and their index.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="folder">Where to; config.json and the tokenizer are the caller's to copy.</param>
    /// <param name="type">Type to store. Default: the configuration's <see cref="DecoderConfig.StoredType"/>.</param>
    /// <param name="maxShardBytes">Largest shard in bytes.</param>
    public static void SaveWeights(Decoder decoder, string folder, DType? type = null, long maxShardBytes = ShardedWriter.DefaultMaxShardBytes)
    {
        var stored = type ?? decoder.Config.StoredType;
        ShardedWriter.Write(folder, decoder.Weights.Names.Select(name => Weight(decoder.Config.Modules.InFiles(name), decoder.Parameters[name], stored, () => decoder.Weights.Exact(name))), maxShardBytes, SafetensorsWriter.TransformersMetadata);
    }

    /// <summary>One tensor as the writers take it: converted and copied only while it is written.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="parameter">The tensor; must live until it is written.</param>
    /// <param name="stored">Type in the file.</param>
    /// <param name="exact">Makes the tensor whose numbers are written, where that is not the former. Default: none.</param>
    /// <returns>The weight.</returns>
    public static unsafe WeightToWrite Weight(string name, Tensor parameter, DType stored, Func<Tensor>? exact = null) => new(name, TypeOf(stored), parameter.Shape, stream =>
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var plain = (exact?.Invoke() ?? parameter.Detach()).To(stored, Device.Cpu).Contiguous();
        const int piece = 1 << 26;
        var bytes = plain.ElementCount * stored.Size();
        for (long start = 0; start < bytes; start += piece)
        {
            stream.Write(new ReadOnlySpan<byte>((byte*)plain.DataPointer() + start, (int)Math.Min(piece, bytes - start)));
        }
    });

    private static WeightType TypeOf(DType type) => type switch
    {
        DType.Float32 => WeightType.Float32,
        DType.BFloat16 => WeightType.BFloat16,
        DType.Float16 => WeightType.Float16,
        DType.Float64 => WeightType.Float64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "weights are floating-point"),
    };
}
