using System.Reflection;

namespace TSpin.Models;

/// <summary>
/// What <see cref="DecodeBlocks"/> can do. Listed is what its native pass reads, or what lies outside the blocks; whatever a configuration says beyond that, as a flag that is new since, sends the
/// model to the blocks of training, slower and right.
/// </summary>
internal static class DecodeSupport
{
    private static readonly DecoderConfig PlainConfig = new()
    {
        Family = "",
        VocabularySize = 0,
        HiddenSize = 0,
        IntermediateSize = 0,
        LayerCount = 0,
        HeadCount = 0,
        KeyValueHeadCount = 0,
        HeadDimension = 0,
        MaxPositions = 0,
        NormEpsilon = 0,
        Ropes = [],
        TieEmbeddings = false,
        Windows = [],
    };

    private static readonly Dictionary<string, Func<ModuleNames, bool>> OfModules = new[]
    {
        nameof(ModuleNames.BodyPrefix), nameof(ModuleNames.PartOfLarger), nameof(ModuleNames.Embedding), nameof(ModuleNames.Positions), nameof(ModuleNames.Block), nameof(ModuleNames.FinalNorm),
        nameof(ModuleNames.Head), nameof(ModuleNames.HeadInFiles), nameof(ModuleNames.BeforeAttention), nameof(ModuleNames.AfterAttention), nameof(ModuleNames.BeforeFeedForward),
        nameof(ModuleNames.AfterFeedForward), nameof(ModuleNames.Query), nameof(ModuleNames.Key), nameof(ModuleNames.Value), nameof(ModuleNames.QueryKeyValue), nameof(ModuleNames.AttentionOutput),
        nameof(ModuleNames.QueryNorm), nameof(ModuleNames.KeyNorm), nameof(ModuleNames.Gate), nameof(ModuleNames.Up), nameof(ModuleNames.GateUp), nameof(ModuleNames.Down),
    }.ToDictionary(name => name, _ => (Func<ModuleNames, bool>)Any, StringComparer.Ordinal);

    private static readonly Dictionary<string, Func<RopeSettings, bool>> OfRope = new[]
    {
        nameof(RopeSettings.Theta), nameof(RopeSettings.Dimensions), nameof(RopeSettings.Scaling),
    }.ToDictionary(name => name, _ => (Func<RopeSettings, bool>)Any, StringComparer.Ordinal);

    private static readonly Dictionary<string, Func<DecoderConfig, bool>> OfConfig = new(StringComparer.Ordinal)
    {
        // read by the native pass
        [nameof(DecoderConfig.HiddenSize)] = Any,
        [nameof(DecoderConfig.IntermediateSize)] = Any,
        [nameof(DecoderConfig.LayerCount)] = Any,
        [nameof(DecoderConfig.HeadCount)] = Any,
        [nameof(DecoderConfig.KeyValueHeadCount)] = Any,
        [nameof(DecoderConfig.HeadDimension)] = Any,
        [nameof(DecoderConfig.NormEpsilon)] = Any,
        [nameof(DecoderConfig.Norm)] = config => config.Norm is NormKind.RootMeanSquare or NormKind.RootMeanSquarePlusOne,
        [nameof(DecoderConfig.QueryKeyNormPerHead)] = Any,
        [nameof(DecoderConfig.QueryKeyValueBias)] = Any,
        [nameof(DecoderConfig.AttentionScale)] = Any,
        [nameof(DecoderConfig.AttentionScaleByLayer)] = Any,
        [nameof(DecoderConfig.AttentionSoftCap)] = Any,
        [nameof(DecoderConfig.ResidualScale)] = Any,
        [nameof(DecoderConfig.Windows)] = Any,
        [nameof(DecoderConfig.Ropes)] = config => config.Ropes.OfType<RopeSettings>().All(rope => Beyond(rope, new RopeSettings { Theta = 0, Dimensions = 0 }, OfRope) is null),
        [nameof(DecoderConfig.Modules)] = config => (config.Modules.Gate ?? config.Modules.GateUp) is not null && Beyond(config.Modules, ModuleNames.Llama, OfModules) is null,
        // before and after the blocks
        [nameof(DecoderConfig.VocabularySize)] = Any,
        [nameof(DecoderConfig.MaxPositions)] = Any,
        [nameof(DecoderConfig.TieEmbeddings)] = Any,
        [nameof(DecoderConfig.EmbeddingScale)] = Any,
        [nameof(DecoderConfig.LogitDivisor)] = Any,
        [nameof(DecoderConfig.LogitSoftCap)] = Any,
        // no arithmetic
        [nameof(DecoderConfig.Family)] = Any,
        [nameof(DecoderConfig.EosIds)] = Any,
        [nameof(DecoderConfig.EosSource)] = Any,
        [nameof(DecoderConfig.BosId)] = Any,
        [nameof(DecoderConfig.InitializerDeviation)] = Any,
        [nameof(DecoderConfig.StoredType)] = Any,
    };

    /// <summary>What a model asks for and the native pass does not have.</summary>
    /// <param name="config">The model's.</param>
    /// <returns>A property of the configuration; null where all is there.</returns>
    public static string? Lacks(DecoderConfig config) => Beyond(config, PlainConfig, OfConfig);

    /// <summary>The first property that is not listed and says something, or whose value is none of those listed.</summary>
    /// <param name="value">What is asked for.</param>
    /// <param name="plain">With a default for each property that is not listed.</param>
    /// <param name="listed">Which values of a property can be done.</param>
    /// <returns>Its name, or null.</returns>
    public static string? Beyond<T>(T value, T plain, IReadOnlyDictionary<string, Func<T, bool>> listed) => typeof(T)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .FirstOrDefault(property => property.CanWrite && (listed.TryGetValue(property.Name, out var can) ? !can(value) : !Equals(property.GetValue(value), property.GetValue(plain))))?.Name;

    private static bool Any<T>(T value) => true;
}
