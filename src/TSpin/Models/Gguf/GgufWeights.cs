using TSpin.Gguf;
using TSpin.Torch;

namespace TSpin.Models.Gguf;

/// <summary>
/// Loads a decoder from a GGUF file: llama.cpp's names become those of transformers, and what its converter does to values and rows is
/// undone (https://github.com/ggml-org/llama.cpp, conversion/): rows of queries and keys in pairs, Gemma's norms with 1 added, GPT-2's
/// projections turned round, GPT-NeoX's queries, keys and values taken apart.
/// </summary>
internal static class GgufWeights
{
    public static Decoder Load(string path, DType parameterType, DType? computeType, Device device)
    {
        using var file = GgufFile.Open(path);
        var config = GgufConfig.Read(file);
        var architecture = GgufConfig.ArchitectureOf(file);
        var names = new GgufNames(config.Modules);
        var parameters = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var (parameter, tensor) in Match(file, config, names))
            {
                var values = new float[tensor.ElementCount];
                file.Read(tensor, 0, values);
                parameters.Add(parameter.Name, ToTensor(Restored(values, parameter, tensor, config, names, architecture), parameter.Shape, parameterType, device));
            }
        }
        catch
        {
            foreach (var tensor in parameters.Values)
            {
                tensor.Dispose();
            }

            throw;
        }

        return new Decoder(config, parameters, computeType);
    }

    /// <summary>Puts rows that lie as neighbouring pairs of every head, (0, D/2), (1, D/2 + 1) and so on, back in order.</summary>
    internal static float[] InHalves(float[] values, int width, int headDimension)
    {
        var half = headDimension / 2;
        return Reordered(values, width, row =>
        {
            var (head, place) = Math.DivRem(row, headDimension);
            return (head * headDimension) + (place % 2 * half) + (place / 2);
        });
    }

    /// <summary>Puts rows that lie as all queries, all keys, all values back to (query, key, value) of every head in turn.</summary>
    internal static float[] Interleaved(float[] values, int width, int heads, int headDimension) => Reordered(values, width, row =>
    {
        var (kind, inKind) = Math.DivRem(row, heads * headDimension);
        var (head, place) = Math.DivRem(inKind, headDimension);
        return (((head * 3) + kind) * headDimension) + place;
    });

    private static float[] Restored(float[] values, ParameterShape parameter, GgufTensor tensor, DecoderConfig config, GgufNames names, GgufArchitecture architecture)
    {
        var width = checked((int)(values.Length / tensor.Shape[0]));
        if (architecture.PairedRows && names.IsQueryOrKey(parameter.Name))
        {
            return InHalves(values, width, config.HeadDimension);
        }

        if (config.InterleavedQueryKeyValue && names.IsFused(parameter.Name))
        {
            return Interleaved(values, width, config.HeadCount, config.HeadDimension);
        }

        if (parameter.Kind == ParameterKind.NormScale && config.Norm == NormKind.RootMeanSquarePlusOne)
        {
            foreach (ref var value in values.AsSpan())
            {
                value -= 1;
            }
        }

        return IsTurned(config, parameter) ? Turned(values, width) : values;
    }

    // Everything two-dimensional in a block is a projection.
    private static bool IsTurned(DecoderConfig config, ParameterShape parameter) =>
        config.TransposedProjections && parameter.Shape.Length == 2
        && parameter.Name.StartsWith(config.Modules.Block[..config.Modules.Block.IndexOf('#', StringComparison.Ordinal)], StringComparison.Ordinal);

    private static List<(ParameterShape Parameter, GgufTensor Tensor)> Match(GgufFile file, DecoderConfig config, GgufNames names)
    {
        var found = new List<(ParameterShape, GgufTensor)>();
        var unused = file.Tensors.Keys.ToHashSet(StringComparer.Ordinal);

        // The configuration has them already.
        unused.ExceptWith([GgufRope.Divisors, GgufRope.ShortDivisors, GgufRope.LongDivisors]);
        if (config.TieEmbeddings)
        {
            unused.Remove("output.weight");
        }

        foreach (var parameter in ParameterShapes.Of(config))
        {
            var stored = names.Of(parameter.Name);
            var shape = IsTurned(config, parameter) ? [.. parameter.Shape.Reverse()] : parameter.Shape;
            var tensor = file.Tensors.GetValueOrDefault(stored)
                ?? throw new TSpinException($"{file.Path}: tensor {stored} is missing; it should be [{string.Join(", ", shape)}]. Download the file again.");
            if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            {
                throw new TSpinException($"{file.Path}: tensor {stored} is [{string.Join(", ", tensor.Shape)}], but the metadata call for [{string.Join(", ", shape)}]. Download the file again.");
            }

            if (tensor.ElementCount > Array.MaxLength)
            {
                throw new TSpinException($"{file.Path}: tensor {stored} has {tensor.ElementCount} elements, more than can be decoded at once ({Array.MaxLength}). Use the model's Hugging Face folder.");
            }

            file.RequireDecodable(tensor);
            unused.Remove(stored);
            found.Add((parameter, tensor));
        }

        return unused.Count == 0 ? found : throw new TSpinException(
            $"{file.Path}: tensor {Files.Excerpt.Of(unused.Order(StringComparer.Ordinal).First())} has no place in a {config.Family} model as TSpin computes it. Use the model's Hugging Face folder.");
    }

    private static float[] Reordered(float[] values, int width, Func<int, int> placeOf)
    {
        var ordered = new float[values.Length];
        for (var row = 0; row < values.Length / width; row++)
        {
            values.AsSpan(row * width, width).CopyTo(ordered.AsSpan(placeOf(row) * width));
        }

        return ordered;
    }

    private static float[] Turned(float[] values, int width)
    {
        var rows = values.Length / width;
        var turned = new float[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < width; column++)
            {
                turned[(column * rows) + row] = values[(row * width) + column];
            }
        }

        return turned;
    }

    private static unsafe Tensor ToTensor(float[] values, long[] shape, DType type, Device device)
    {
        using var scope = new TensorScope();
        fixed (float* start = values)
        {
            var raw = Tensor.FromPointer((nint)start, (long)values.Length * sizeof(float), shape, DType.Float32);
            return scope.Keep(raw.To(type, device));
        }
    }
}
