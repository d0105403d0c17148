using TSpin.Models;
using TSpin.Randomness;
using TSpin.Torch;

namespace TSpin.Tests.Models;

/// <summary>Random models small enough for loops, one for each way in which the supported families differ.</summary>
internal static class SmallModels
{
    public static readonly IReadOnlyDictionary<string, DecoderConfig> All = new Dictionary<string, DecoderConfig>
    {
        ["llama, untied"] = Base,
        ["llama, tied"] = Base with { TieEmbeddings = true },
        ["llama, grouped heads"] = Base with { HeadCount = 6, KeyValueHeadCount = 2, HeadDimension = 4, Ropes = RopeSettings.Everywhere(2, 100, 4) },
        ["llama, one key head, wide heads"] = Base with { HeadCount = 2, KeyValueHeadCount = 1, HeadDimension = 10, Ropes = RopeSettings.Everywhere(2, 100, 10) },
        ["llama, all biases"] = Base with { QueryKeyValueBias = true, AttentionOutputBias = true, FeedForwardBias = true },
        ["mistral, window of 3"] = Base with { Family = "mistral", KeyValueHeadCount = 2, Windows = [3, 3] },
        ["qwen2, biases, window in the last layer, tied"] = Base with { Family = "qwen2", QueryKeyValueBias = true, KeyValueHeadCount = 2, Windows = [null, 2], TieEmbeddings = true, Ropes = RopeSettings.Everywhere(2, 1e6, 6) },
    };

    public static DecoderConfig Base => new()
    {
        Family = "llama",
        VocabularySize = 19,
        HiddenSize = 12,
        IntermediateSize = 14,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 4,
        HeadDimension = 6,
        MaxPositions = 64,
        NormEpsilon = 1e-5,
        Ropes = RopeSettings.Everywhere(2, 100, 6),
        TieEmbeddings = false,
        Windows = [null, null],
        EosIds = [2],
        BosId = 1,
    };

    /// <summary>Values for every parameter, biases and norms too; large enough that attention is far from uniform.</summary>
    public static Dictionary<string, double[]> Weights(DecoderConfig config, ulong seed = 1)
    {
        var random = new RandomStream(seed);
        return ParameterShapes.Of(config).ToDictionary(
            shape => shape.Name,
            shape => Enumerable.Range(0, (int)shape.Shape.Aggregate(1L, (a, b) => a * b))
                .Select(_ => (shape.Name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0) + ((random.NextDouble() - 0.5) * 1.2)).ToArray());
    }

    public static Decoder Decoder(DecoderConfig config, IReadOnlyDictionary<string, double[]> weights, DType type = DType.Float32, DType? computeType = null)
    {
        using var scope = new TensorScope();
        return new Decoder(config, ParameterShapes.Of(config).ToDictionary(
            shape => shape.Name, shape => Tensor.From<double>(weights[shape.Name], shape.Shape).To(type)), computeType);
    }

    public static Decoder Decoder(DType type = DType.Float32, ulong seed = 1) => Decoder(Base, Weights(Base, seed), type);

    public static int[] Ids(int count, ulong seed = 7)
    {
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextInt(3, Base.VocabularySize - 1))];
    }
}
