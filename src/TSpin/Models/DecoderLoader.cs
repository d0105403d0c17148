using TSpin.Distribution;
using TSpin.Gguf;
using TSpin.Safetensors;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>Makes decoders: from a Hugging Face folder, or from nothing.</summary>
public static class DecoderLoader
{
    /// <summary>Loads a checkpoint. Weights are mapped and copied one by one, so memory never holds the model twice.</summary>
    /// <param name="folder">A Hugging Face model folder, a .gguf file, or a folder with one and without config.json.</param>
    /// <param name="parameterType">Type the parameters are held in. Default: float32.</param>
    /// <param name="computeType">Type of the arithmetic. Default: <paramref name="parameterType"/>.</param>
    /// <param name="device">Where to. Default: the CPU.</param>
    /// <param name="configFile">Name of the configuration file. Default: <c>config.json</c>.</param>
    /// <returns>The model, gradients off.</returns>
    /// <exception cref="TSpinException">A file is missing or damaged, the family is unknown, or a weight is missing or of another shape than config.json calls for.</exception>
    public static Decoder Load(
        string folder, DType parameterType = DType.Float32, DType? computeType = null, Device device = default, string configFile = "config.json")
    {
        if (GgufModelFile.Find(folder) is { } gguf)
        {
            return Gguf.GgufWeights.Load(gguf, parameterType, computeType, device);
        }

        var (config, weights, entries) = Open(folder, configFile);
        using var open = weights;
        var parameters = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, entry) in entries)
        {
            parameters.Add(name, Read(weights, entry, parameterType, device));
        }

        return new Decoder(config, parameters, computeType);
    }

    /// <summary>Loads this process' share of a checkpoint: reads no more of it, and never holds more.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <param name="ranks">The processes that share the parameters.</param>
    /// <param name="parameterType">Type the parameters are held in.</param>
    /// <param name="computeType">Type of the arithmetic.</param>
    /// <param name="device">Where to; the CPU.</param>
    /// <returns>The model, gradients off.</returns>
    /// <exception cref="TSpinException">As <see cref="Load"/>; also for a GGUF file, another device, or a model without a head.</exception>
    internal static Decoder LoadShare(string folder, RankGroup ranks, DType parameterType, DType computeType, Device device = default)
    {
        if (GgufModelFile.Find(folder) is { } gguf)
        {
            throw new TSpinException($"{gguf}: distribution.sharding full reads parts of safetensors, not of GGUF files. Convert the model to a Hugging Face folder, or use distribution.sharding optimizer.");
        }

        if (device.IsCuda)
        {
            throw new TSpinException($"distribution.sharding: full divides models on the CPU, not on {device}. Use model.device cpu, or distribution.sharding optimizer.");
        }

        var (config, weights, entries) = Open(folder);
        using (weights)
        {
            if (!config.TieEmbeddings && entries.All(entry => entry.Name != ParameterShapes.Head(config)))
            {
                throw new TSpinException($"{folder}: {ParameterShapes.Head(config)} is not in the weights, so the model gives hidden states and no tokens. Use a checkpoint of the causal language model.");
            }

            var shards = new WeightShards(ranks, config, parameterType);
            foreach (var (name, entry) in entries)
            {
                shards.Assign(name, (begin, count) => Read(weights, entry, parameterType, begin, count));
            }

            return new Decoder(config, shards, computeType);
        }
    }

    /// <summary>Reads a checkpoint's parameters one by one.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <param name="type">Type of the tensors.</param>
    /// <param name="take">Gets every parameter's name and tensor, which is gone afterwards.</param>
    internal static void Each(string folder, DType type, Action<string, Tensor> take)
    {
        var (_, weights, entries) = Open(folder);
        using (weights)
        {
            foreach (var (name, entry) in entries)
            {
                using var scope = new TensorScope();
                take(name, Read(weights, entry, type, Device.Cpu));
            }
        }
    }

    private static (DecoderConfig Config, WeightFolder Weights, List<(string Name, TensorEntry Entry)> Entries) Open(string folder, string configFile = "config.json")
    {
        var config = DecoderConfigReader.Read(folder, configFile);
        var weights = WeightFolder.Open(folder);
        try
        {
            config = config with { TieEmbeddings = config.TieEmbeddings && !HasHeadOfItsOwn(config, weights) };
            if (!DecoderConfigReader.NamesType(folder, configFile) && Find(config.Modules, weights, config.Modules.Embedding + ".weight") is { } embedding)
            {
                config = config with { StoredType = TypeOf(weights, embedding) };
            }

            return (config, weights, Entries(folder, configFile, config, weights));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static unsafe Tensor Read(WeightFolder weights, TensorEntry entry, DType type, long begin, long count)
    {
        var stored = TypeOf(weights, entry);
        return Tensor.FromPointer((nint)weights.Pointer(entry) + (nint)(begin * stored.Size()), count * stored.Size(), [count], stored).To(type);
    }

    /// <summary>Requires an output head, before anything is asked of the model that only one with a head can do.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="folder">Where it came from.</param>
    /// <exception cref="TSpinException">It has none.</exception>
    public static void RequireHead(Decoder decoder, string folder)
    {
        if (!decoder.HasHead)
        {
            throw new TSpinException(
                $"{folder}: {ParameterShapes.Head(decoder.Config)} is not in the weights, and config.json does not tie it to the embedding (tie_word_embeddings), so the model gives hidden states and no tokens. "
                + "Use a checkpoint of the causal language model, or set tie_word_embeddings if the head is the embedding.");
        }
    }

    /// <summary>A model with random weights: normal with the configuration's deviation, norms 1, biases 0.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="seed">Where the draws come from.</param>
    /// <param name="device">Where to. Default: the CPU.</param>
    /// <returns>A float32 model, gradients off.</returns>
    public static Decoder Random(DecoderConfig config, ulong seed, Device device = default)
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(seed);
        var parameters = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var parameter in ParameterShapes.Of(config))
        {
            var shape = parameter.Shape;
            // Drawn on the CPU on every device, so that a seed means one model.
            var value = parameter.Kind switch
            {
                ParameterKind.NormScale => Tensor.Full(shape, config.Norm == NormKind.RootMeanSquarePlusOne ? 0 : 1),
                ParameterKind.Bias => Tensor.Zeros(shape),
                _ => Tensor.Empty(shape).FillNormal(0, config.InitializerDeviation, generator),
            };
            parameters.Add(parameter.Name, value.To(DType.Float32, device));
        }

        return new Decoder(config, parameters);
    }

    private static unsafe Tensor Read(WeightFolder weights, TensorEntry entry, DType type, Device device)
    {
        using var scope = new TensorScope();
        var raw = Tensor.FromPointer((nint)weights.Pointer(entry), entry.ByteLength, entry.Shape, TypeOf(weights, entry));
        return scope.Keep(raw.To(type, device));
    }

    private static DType TypeOf(WeightFolder weights, TensorEntry entry) => entry.Type switch
    {
        WeightType.Float32 => DType.Float32,
        WeightType.BFloat16 => DType.BFloat16,
        WeightType.Float16 => DType.Float16,
        WeightType.Float64 => DType.Float64,
        _ => throw new TSpinException($"{weights.FileOf(entry).Path}: {entry.Name}: weights of type {entry.Type} cannot be computed with; known are F32, BF16, F16 and F64."),
    };

    // A checkpoint may call its head tied and store another one; transformers 5 then believes the tensors.
    private static bool HasHeadOfItsOwn(DecoderConfig config, WeightFolder weights) =>
        Find(config.Modules, weights, ParameterShapes.Head(config)) is { } head
        && Find(config.Modules, weights, config.Modules.Embedding + ".weight") is { } embedding
        && !(head.Type == embedding.Type && head.Shape.AsSpan().SequenceEqual(embedding.Shape) && SameBytes(weights, head, embedding));

    private static unsafe bool SameBytes(WeightFolder weights, TensorEntry a, TensorEntry b)
    {
        const int piece = 1 << 24;
        for (long start = 0; start < a.ByteLength; start += piece)
        {
            var length = (int)Math.Min(piece, a.ByteLength - start);
            if (!new ReadOnlySpan<byte>(weights.Pointer(a) + start, length).SequenceEqual(new ReadOnlySpan<byte>(weights.Pointer(b) + start, length)))
            {
                return false;
            }
        }

        return true;
    }

    // The checkpoint's tensor of every parameter; an untied head may be missing, nothing else.
    private static List<(string Name, TensorEntry Entry)> Entries(string folder, string configFile, DecoderConfig config, WeightFolder weights)
    {
        var found = new List<(string, TensorEntry)>();
        var faults = new List<string>();
        foreach (var (name, shape) in ParameterShapes.Of(config))
        {
            if (Find(config.Modules, weights, name) is not { } entry)
            {
                if (name != ParameterShapes.Head(config))
                {
                    faults.Add($"{name}: missing, should be [{string.Join(", ", shape)}]");
                }
            }
            else if (!entry.Shape.AsSpan().SequenceEqual(shape))
            {
                faults.Add($"{name}: is [{string.Join(", ", entry.Shape)}], should be [{string.Join(", ", shape)}]");
            }
            else
            {
                found.Add((name, entry));
            }
        }

        if (faults.Count > 0)
        {
            const int shown = 5;
            var rest = faults.Count > shown ? $"\n  and {faults.Count - shown} more" : "";
            throw new TSpinException(
                $"{folder}: the weights do not fit {configFile}:\n  {string.Join("\n  ", faults.Take(shown))}{rest}\nThe two files are of different models, or a download is incomplete: fetch the folder again.");
        }

        return found;
    }

    private static TensorEntry? Find(ModuleNames modules, WeightFolder weights, string name) =>
        modules.AllInFiles(name).Select(weights.Tensors.GetValueOrDefault).FirstOrDefault(entry => entry is not null);
}
