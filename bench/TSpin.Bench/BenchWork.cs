using System.Text.Json;
using TSpin.Randomness;

namespace TSpin.Bench;

/// <summary>
/// What both sides are given, as the JSON file that both read: batches that the rounds take in turn. Where lengths vary there are more batches than rounds,
/// because a run never meets the same lengths twice and must not be measured as if it did.
/// </summary>
internal sealed record BenchWork(BenchShape Shape, string Type, int Threads, IReadOnlyList<IReadOnlyList<(int[] Prompt, int[][] Responses)>> Batches)
{
    private const int JitteredBatches = 16;

    /// <summary>The first batch.</summary>
    public IReadOnlyList<(int[] Prompt, int[][] Responses)> Triplets => Batches[0];

    public static BenchWork Of(BenchShape shape, string type, int threads)
    {
        var random = new RandomStream(1);
        return new BenchWork(shape, type, threads, [.. Enumerable.Range(0, shape.Jitter ? JitteredBatches : 1).Select(_ => Batch())]);

        (int[] Prompt, int[][] Responses)[] Batch()
        {
            var shots = Shots();
            return [.. Enumerable.Range(0, shape.Count).Select(i => ((int[])[.. shape.SharesShots || i == 0 ? shots : Shots(), .. Ids(shape.Prompt, 0.5)], Responses()))];
        }

        int[] Shots() => shape.Shots == 0 ? [] : Ids(shape.Shots, 0);

        int[][] Responses() => [.. Enumerable.Range(0, shape.ResponsesPerPrompt).Select(_ => Ids(shape.Response, 0.75))];

        int[] Ids(int mean, double spread)
        {
            var length = shape.Jitter ? random.NextInt((int)(mean * (1 - spread)), (int)(mean * (1 + spread))) : mean;
            return [.. Enumerable.Range(0, length).Select(_ => random.NextInt(0, shape.Vocabulary - 1))];
        }
    }

    /// <summary>Useful arithmetic of a round; round 0 is the one that is not counted.</summary>
    public double UsefulFlops(int round) => Shape.UsefulFlops(Batches[round % Batches.Count]);

    public string ToJson() => JsonSerializer.Serialize(new
    {
        shape = new
        {
            layers = Shape.Layers,
            hidden = Shape.Hidden,
            heads = Shape.Heads,
            key_value_heads = Shape.KeyValueHeads,
            head_dimension = Shape.HeadDimension,
            inner = Shape.Inner,
            vocabulary = Shape.Vocabulary,
        },
        type = Type,
        threads = Threads,
        method = Shape.Task,
        new_tokens = Shape.Response,
        batches = Batches.Select(batch => batch.Select(triplet => new { prompt = triplet.Prompt, responses = triplet.Responses })),
        prompts = Triplets.Select(triplet => triplet.Prompt),
    });
}
