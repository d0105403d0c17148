using System.Text.Json;
using TSpin.Randomness;

namespace TSpin.Bench;

/// <summary>What both sides are given, as the JSON file that both read.</summary>
internal sealed record BenchWork(BenchShape Shape, string Type, int Threads, IReadOnlyList<(int[] Prompt, int[][] Responses)> Triplets)
{
    public static BenchWork Of(BenchShape shape, string type, int threads)
    {
        var random = new RandomStream(1);
        return new BenchWork(shape, type, threads, [.. Enumerable.Range(0, shape.Count).Select(_ => (Ids(shape.Prompt, 0.5), Responses()))]);

        int[][] Responses() => [.. Enumerable.Range(0, shape.ResponsesPerPrompt).Select(_ => Ids(shape.Response, 0.75))];

        int[] Ids(int mean, double spread)
        {
            var length = shape.Jitter ? random.NextInt((int)(mean * (1 - spread)), (int)(mean * (1 + spread))) : mean;
            return [.. Enumerable.Range(0, length).Select(_ => random.NextInt(0, shape.Vocabulary - 1))];
        }
    }

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
        method = Shape.Method,
        new_tokens = Shape.Response,
        triplets = Triplets.Select(triplet => new { prompt = triplet.Prompt, responses = triplet.Responses }),
        prompts = Triplets.Select(triplet => triplet.Prompt),
    });
}
