using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>
/// Everything the answers depend on: the content of <c>responses.json</c>, which lies beside <c>responses.jsonl</c>. A file of answers is continued
/// only with the very same settings.
/// </summary>
public sealed record ResponseSettings
{
    /// <summary>What names the model's weights, for example a hash of them.</summary>
    public required string Model { get; init; }

    /// <summary>What computed them, see <see cref="IGenerator.ComputedIn"/>: the type of the model's arithmetic for answers made in this process.</summary>
    public required string ComputeType { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong RunSeed { get; init; }

    /// <summary>What the answers are for.</summary>
    public required string Purpose { get; init; }

    /// <summary>The round of self-play.</summary>
    public required int Iteration { get; init; }

    /// <summary>How tokens are chosen and batched.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Where the batch size changed while the file was made: what came before. Null where it never did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EarlierBatches>? EarlierBatches { get; init; }

    /// <summary>Token ids that end an answer.</summary>
    public required IReadOnlyList<int> EndIds { get; init; }

    /// <summary>Number of prompts.</summary>
    public required int PromptCount { get; init; }

    /// <summary>SHA-256 over the indices, ids and texts of all prompts in the order of the list, hexadecimal.</summary>
    public required string PromptsSha256 { get; init; }

    /// <summary>Collects the settings of a stage.</summary>
    /// <param name="generator">Gives the sampling options, the end ids and the compute type.</param>
    /// <param name="model">What names the model's weights.</param>
    /// <param name="seeds">The seeds.</param>
    /// <param name="prompts">All prompts.</param>
    /// <param name="batchSize">Prompts answered at the same time.</param>
    /// <param name="earlier">What was made with other batch sizes.</param>
    /// <returns>The settings.</returns>
    public static ResponseSettings Of(
        IGenerator generator, string model, ResponseSeeds seeds, IReadOnlyList<PromptTokens> prompts, int batchSize, IReadOnlyList<EarlierBatches>? earlier = null) => new()
        {
            Model = model,
            ComputeType = generator.ComputedIn,
            RunSeed = seeds.RunSeed,
            Purpose = seeds.Purpose,
            Iteration = seeds.Iteration,
            Sampling = generator.Options with { BatchSize = batchSize },
            EarlierBatches = earlier is { Count: > 0 } ? earlier : null,
            EndIds = generator.EndIds,
            PromptCount = prompts.Count,
            PromptsSha256 = Hash(prompts),
        };

    // As files of earlier versions have it.
    internal static string NameOf(DType type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString());

    private static string Hash(IReadOnlyList<PromptTokens> prompts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var number = new byte[sizeof(int)];
        foreach (var (index, ids, text) in prompts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            foreach (var value in (int[])[index, ids.Length, .. ids, bytes.Length])
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, value);
                hash.AppendData(number);
            }

            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
