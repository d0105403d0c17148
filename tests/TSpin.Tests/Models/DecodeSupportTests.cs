using System.Reflection;
using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>Every flag of a configuration: the native pass follows it, or leaves the model to the plain blocks.</summary>
public sealed class DecodeSupportTests
{
    // A value of every property that is not the one of Base, as long as the two can be told apart by arithmetic.
    private static readonly Dictionary<string, Func<DecoderConfig, DecoderConfig>> Changed = new(StringComparer.Ordinal)
    {
        [nameof(DecoderConfig.VocabularySize)] = config => config with { VocabularySize = 23 },
        [nameof(DecoderConfig.HiddenSize)] = config => config with { HiddenSize = 20 },
        [nameof(DecoderConfig.IntermediateSize)] = config => config with { IntermediateSize = 18 },
        [nameof(DecoderConfig.LayerCount)] = config => config with { LayerCount = 3, Ropes = RopeSettings.Everywhere(3, 100, 6), Windows = [null, null, null] },
        [nameof(DecoderConfig.HeadCount)] = config => config with { HeadCount = 8 },
        [nameof(DecoderConfig.KeyValueHeadCount)] = config => config with { KeyValueHeadCount = 2 },
        [nameof(DecoderConfig.HeadDimension)] = config => config with { HeadDimension = 10, Ropes = RopeSettings.Everywhere(2, 100, 10) },
        [nameof(DecoderConfig.MaxPositions)] = config => config with { MaxPositions = 32 },
        [nameof(DecoderConfig.NormEpsilon)] = config => config with { NormEpsilon = 0.1 },
        [nameof(DecoderConfig.Ropes)] = config => config with { Ropes = [null, config.Ropes[1]! with { Dimensions = 4, Theta = 10 }] },
        [nameof(DecoderConfig.TieEmbeddings)] = config => config with { TieEmbeddings = true },
        [nameof(DecoderConfig.QueryKeyValueBias)] = config => config with { QueryKeyValueBias = true },
        [nameof(DecoderConfig.AttentionOutputBias)] = config => config with { AttentionOutputBias = true },
        [nameof(DecoderConfig.FeedForwardBias)] = config => config with { FeedForwardBias = true },
        [nameof(DecoderConfig.Modules)] = config => config with { Modules = config.Modules with { Gate = null } },
        [nameof(DecoderConfig.Norm)] = config => config with { Norm = NormKind.Layer },
        [nameof(DecoderConfig.QueryKeyNormPerHead)] = config => config with { QueryKeyNormPerHead = false, Modules = config.Modules with { QueryNorm = "q_norm", KeyNorm = "k_norm" } },
        [nameof(DecoderConfig.Activation)] = config => config with { Activation = Activation.Relu },
        [nameof(DecoderConfig.InterleavedQueryKeyValue)] = config => config with { InterleavedQueryKeyValue = true, Modules = config.Modules with { QueryKeyValue = "qkv" } },
        [nameof(DecoderConfig.TransposedProjections)] = config => config with { TransposedProjections = true },
        [nameof(DecoderConfig.ParallelResidual)] = config => config with { ParallelResidual = true },
        [nameof(DecoderConfig.AttentionScale)] = config => config with { AttentionScale = 1.7 },
        [nameof(DecoderConfig.AttentionScaleByLayer)] = config => config with { AttentionScaleByLayer = true },
        [nameof(DecoderConfig.AttentionSoftCap)] = config => config with { AttentionSoftCap = 0.5 },
        [nameof(DecoderConfig.LogitSoftCap)] = config => config with { LogitSoftCap = 0.5 },
        [nameof(DecoderConfig.EmbeddingScale)] = config => config with { EmbeddingScale = 3 },
        [nameof(DecoderConfig.ResidualScale)] = config => config with { ResidualScale = 0.3 },
        [nameof(DecoderConfig.LogitDivisor)] = config => config with { LogitDivisor = 7 },
        [nameof(DecoderConfig.Windows)] = config => config with { Windows = [2, null] },
    };

    // They change no number.
    private static readonly string[] Silent =
        [nameof(DecoderConfig.Family), nameof(DecoderConfig.EosIds), nameof(DecoderConfig.EosSource), nameof(DecoderConfig.BosId), nameof(DecoderConfig.InitializerDeviation), nameof(DecoderConfig.StoredType)];

    private static readonly Dictionary<string, Func<ModuleNames, ModuleNames>> ChangedModules = new(StringComparer.Ordinal)
    {
        [nameof(ModuleNames.Positions)] = names => names with { Positions = "model.positions" },
        [nameof(ModuleNames.BeforeAttention)] = names => names with { BeforeAttention = null },
        [nameof(ModuleNames.AfterAttention)] = names => names with { AfterAttention = "after_attention" },
        [nameof(ModuleNames.BeforeFeedForward)] = names => names with { BeforeFeedForward = null },
        [nameof(ModuleNames.AfterFeedForward)] = names => names with { AfterFeedForward = "after_mlp" },
        [nameof(ModuleNames.QueryKeyValue)] = names => names with { QueryKeyValue = "self_attn.qkv" },
        [nameof(ModuleNames.QueryNorm)] = names => names with { QueryNorm = "q_norm" },
        [nameof(ModuleNames.KeyNorm)] = names => names with { KeyNorm = "k_norm" },
        [nameof(ModuleNames.Gate)] = names => names with { Gate = null },
        [nameof(ModuleNames.GateUp)] = names => names with { GateUp = "mlp.gate_up" },
    };

    // Other names of the same parts.
    private static readonly string[] Renamed =
    [
        nameof(ModuleNames.BodyPrefix), nameof(ModuleNames.PartOfLarger), nameof(ModuleNames.Embedding), nameof(ModuleNames.Block), nameof(ModuleNames.FinalNorm), nameof(ModuleNames.Head),
        nameof(ModuleNames.HeadInFiles), nameof(ModuleNames.Query), nameof(ModuleNames.Key), nameof(ModuleNames.Value), nameof(ModuleNames.AttentionOutput), nameof(ModuleNames.Up), nameof(ModuleNames.Down),
    ];

    public static TheoryData<string> Flags => [.. Settable(typeof(DecoderConfig)).Except(Silent), .. Settable(typeof(ModuleNames)).Except(Renamed).Select(name => $"Modules.{name}")];

    [Theory]
    [MemberData(nameof(Flags))]
    public void A_flag_is_followed_or_left_to_the_plain_blocks(string flag)
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        var changed = flag.StartsWith("Modules.", StringComparison.Ordinal)
            ? SmallModels.Base with { Modules = ChangedModules.ShouldContainKeyAnd(flag["Modules.".Length..])(SmallModels.Base.Modules) }
            : Changed.ShouldContainKeyAnd(flag)(SmallModels.Base);
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        using var decoder = SmallModels.Decoder(changed, SmallModels.Weights(changed));
        var isQuick = decoder.DecodeBlocks() is not null;
        isQuick.ShouldBe(DecodeSupport.Lacks(changed) is null);
        using var cache = PlainDecoding.Filled(decoder, [SmallModels.Ids(6, 1), SmallModels.Ids(3, 2)]);
        using var same = PlainDecoding.Filled(decoder, [SmallModels.Ids(6, 1), SmallModels.Ids(3, 2)]);
        for (var step = 0; step < 3; step++)
        {
            long[] ids = [4 + step, 9 - step], positions = [6 + step, 3 + step];
            var actual = Logits(PlainDecoding.Quick(decoder, ids, positions, cache));
            var expected = Logits(PlainDecoding.Next(decoder, ids, positions, same));
            actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4, isQuick ? $"{flag} is listed in DecodeSupport, and not followed" : "plain blocks");
        }

        double[] Logits(Tensor hidden) => PlainDecoding.Values(decoder.Logits(hidden));
    }

    /// <summary>The native pass would go wrong with these, so that what the test above compares can fail.</summary>
    [Theory]
    [InlineData(nameof(DecoderConfig.AttentionOutputBias))]
    [InlineData(nameof(DecoderConfig.FeedForwardBias))]
    [InlineData(nameof(DecoderConfig.Norm))]
    [InlineData(nameof(DecoderConfig.Activation))]
    [InlineData(nameof(DecoderConfig.InterleavedQueryKeyValue))]
    [InlineData(nameof(DecoderConfig.TransposedProjections))]
    [InlineData(nameof(DecoderConfig.ParallelResidual))]
    [InlineData(nameof(DecoderConfig.Modules))]
    public void What_is_not_listed_is_named(string flag) => DecodeSupport.Lacks(Changed[flag](SmallModels.Base)).ShouldBe(flag);

    [Fact]
    public void A_flag_that_is_new_is_beyond_the_list_until_it_is_on_it()
    {
        var listed = new Dictionary<string, Func<Shape, bool>> { [nameof(Shape.Width)] = _ => true, [nameof(Shape.Kind)] = shape => shape.Kind < 2 };
        var plain = new Shape();
        DecodeSupport.Beyond(new Shape { Width = 7, Kind = 1 }, plain, listed).ShouldBeNull();
        DecodeSupport.Beyond(new Shape { Kind = 2 }, plain, listed).ShouldBe(nameof(Shape.Kind));
        DecodeSupport.Beyond(new Shape { HasSinks = true }, plain, listed).ShouldBe(nameof(Shape.HasSinks));
        listed.Add(nameof(Shape.HasSinks), _ => true);
        DecodeSupport.Beyond(new Shape { HasSinks = true }, plain, listed).ShouldBeNull();
    }

    private static IEnumerable<string> Settable(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => property.Name);

    private sealed record Shape
    {
        public int Width { get; init; } = 3;

        public int Kind { get; init; }

        public bool HasSinks { get; init; }
    }
}

internal static class DictionaryAssertions
{
    /// <summary>The value of a key that must be there.</summary>
    public static TValue ShouldContainKeyAnd<TValue>(this Dictionary<string, TValue> values, string key)
    {
        values.ShouldContainKey(key, $"{key} is new: say here how a model with it differs");
        return values[key];
    }
}
