using System.Globalization;
using System.Text.Json.Nodes;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Tests.Tokenizers;
using TSpin.Tokenizers;
using TSpin.Torch;

namespace TSpin.Tests.Generation;

/// <summary>A small random decoder and a slow, plain generator to compare with: a whole forward pass per token, loops in float64.</summary>
internal static class TinyModel
{
    public static readonly ResponseSeeds Seeds = new(11, "generation", 2);

    /// <summary>Every id as two digits and a blank.</summary>
    public static Tokenizer Tokenizer => LazyTokenizer.Value;

    private static readonly Lazy<Tokenizer> LazyTokenizer = new(MakeTokenizer);

    public static DecoderConfig Config { get; } = new()
    {
        Family = "llama",
        VocabularySize = 50,
        HiddenSize = 32,
        IntermediateSize = 48,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadDimension = 8,
        MaxPositions = 64,
        NormEpsilon = 1e-5,
        Ropes = RopeSettings.Everywhere(2, 10_000, 8),
        TieEmbeddings = false,
        Windows = [null, null],
        EosIds = [2, 7],
        InitializerDeviation = 0.3,
    };

    public static Decoder Decoder(DecoderConfig? config = null) => DecoderLoader.Random(config ?? Config, 5);

    public static PromptTokens[] Prompts(int count, int maxLength = 12)
    {
        var random = new RandomStream(3);
        return [.. Enumerable.Range(0, count).Select(index => new PromptTokens(
            index * 3, [.. Enumerable.Range(0, random.NextInt(1, maxLength)).Select(_ => random.NextInt(Config.VocabularySize))], $"prompt “{index}”"))];
    }

    public static string Text(int id) => id.ToString("00 ", CultureInfo.InvariantCulture);

    public static string Text(ReadOnlySpan<int> ids) => string.Concat(ids.ToArray().Select(Text));

    public static (List<int> Tokens, List<double> LogProbs) Slow(Decoder decoder, int[] prompt, SamplingOptions options, ulong seed)
    {
        var random = new RandomStream(seed);
        List<int> ids = [.. prompt];
        var logProbs = new List<double>();
        while (ids.Count - prompt.Length < options.MaxNewTokens && ids.Count < decoder.Config.MaxPositions)
        {
            var logits = LastLogits(decoder, ids);
            var token = options.Temperature == 0 ? Array.IndexOf(logits, logits.Max()) : Invert(Kept(logits, options), random.NextDouble());
            ids.Add(token);
            logProbs.Add(logits[token] - logits.Max() - Math.Log(logits.Sum(logit => Math.Exp(logit - logits.Max()))));
            if (decoder.Config.EosIds.Contains(token))
            {
                break;
            }
        }

        return (ids[prompt.Length..], logProbs);
    }

    /// <summary>Temperature, top-k, top-p over one row: probabilities in proportion, 0 for what is cut.</summary>
    public static double[] Kept(double[] logits, SamplingOptions options)
    {
        var weights = logits.Select(logit => Math.Exp((logit - logits.Max()) / options.Temperature)).ToArray();
        var order = Enumerable.Range(0, weights.Length).OrderByDescending(id => logits[id]).ThenBy(id => id).ToList();
        order = order[..(options.TopK > 0 ? Math.Min(options.TopK, order.Count) : order.Count)];
        var mass = order.Sum(id => weights[id]);
        var kept = new double[weights.Length];
        var sum = 0.0;
        foreach (var id in order)
        {
            kept[id] = weights[id];
            sum += weights[id];
            if (sum >= options.TopP * mass)
            {
                break;
            }
        }

        return kept;
    }

    private static Tokenizer MakeTokenizer()
    {
        var json = TestTokenizers.Skeleton("BPE");
        json["decoder"] = JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""");
        // ByteLevel writes a blank as Ġ.
        json["model"]!["vocab"] = new JsonObject(Enumerable.Range(0, Config.VocabularySize).Select(id => KeyValuePair.Create(Text(id).Replace(' ', 'Ġ'), (JsonNode?)id)));
        json["model"]!["merges"] = new JsonArray();
        return TestTokenizers.Load(json);
    }

    private static int Invert(double[] weights, double uniform)
    {
        var target = uniform * weights.Sum();
        var sum = 0.0;
        for (var id = 0; id < weights.Length; id++)
        {
            sum += weights[id];
            if (sum > target)
            {
                return id;
            }
        }

        return weights.Length - 1;
    }

    private static double[] LastLogits(Decoder decoder, List<int> ids)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var input = Tensor.From<long>([.. ids.Select(id => (long)id)], [1, ids.Count]);
        var hidden = decoder.Hidden(input, AttentionLayout.Causal(ids.Count, Device.Cpu));
        return decoder.Logits(hidden.Select(1, ids.Count - 1)).To(DType.Float64).ToArray<double>();
    }
}
