using TSpin.Models;
using TSpin.Objectives;

namespace TSpin.Bench;

/// <summary>A model and a batch of triplets, or prompts to answer. Parameters have random values: speed does not depend on them.</summary>
internal sealed record BenchShape
{
    public required string Name { get; init; }

    /// <summary>What is done.</summary>
    public BenchKind Kind { get; init; }

    /// <summary>How it trains, where it does.</summary>
    public Method Method { get; init; } = Methods.TSpin;

    /// <summary>What its steps minimise; alpha as for short answers.</summary>
    public Objective Objective => Method.ObjectiveOf(new ObjectiveSettings { Alpha = 0.1 }, iteration: 1);

    /// <summary>What is done, in a word for the peer: a method's name, <c>generate</c> or <c>choose</c>.</summary>
    public string Task => Kind == BenchKind.Train ? Method.Name : Kind.ToString().ToLowerInvariant();

    public required int Layers { get; init; }

    public required int Hidden { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadDimension { get; init; }

    public required int Inner { get; init; }

    public required int Vocabulary { get; init; }

    /// <summary>Tokens of a prompt, the mean where lengths vary.</summary>
    public required int Prompt { get; init; }

    /// <summary>Tokens of the examples before a question with choices.</summary>
    public int Shots { get; init; }

    /// <summary>Whether all questions have the same examples, as those of an MMLU subject do.</summary>
    public bool SharesShots { get; init; }

    /// <summary>Tokens of a response or a choice, or to generate.</summary>
    public required int Response { get; init; }

    /// <summary>Triplets, pairs or examples of a step, or prompts answered together.</summary>
    public required int Count { get; init; }

    /// <summary>Prompts vary by half, responses by three quarters.</summary>
    public bool Jitter { get; init; }

    /// <summary>What <see cref="Count"/> counts, or for generation what is made of it.</summary>
    public string Unit => Kind switch
    {
        BenchKind.Generate => "tokens",
        BenchKind.Choose => "questions",
        _ => Method.Responses.Count switch { 0 => "examples", 1 => "pairs", _ => "triplets" },
    };

    public int ResponsesPerPrompt => Kind switch
    {
        BenchKind.Generate => 1,
        BenchKind.Choose => 4,
        _ => 1 + Method.Responses.Count,
    };

    public long BlockParameters =>
        Layers * ((long)Hidden * HeadDimension * ((2 * Heads) + (2 * KeyValueHeads)) + (3L * Hidden * Inner));

    /// <summary>Whether the head is the embedding.</summary>
    public bool Tied { get; init; } = true;

    /// <summary>SmolLM2-135M; above the lists, which are made of it.</summary>
    private static BenchShape Smol { get; } = new()
    {
        Name = "smol",
        Layers = 30,
        Hidden = 576,
        Heads = 9,
        KeyValueHeads = 3,
        HeadDimension = 64,
        Inner = 1536,
        Vocabulary = 49152,
        Prompt = 128,
        Response = 128,
        Count = 2,
    };

    /// <summary>The shapes of docs/gpu.md: random weights in the shapes of SmolLM2-135M, TinyLlama-1.1B and Llama-2-7B, and tiny for trying out.</summary>
    public static IReadOnlyList<BenchShape> OnDevice { get; } = MakeOnDevice();

    /// <summary>The shapes of docs/benchmarks.md.</summary>
    public static IReadOnlyList<BenchShape> All { get; } = MakeAll();

    public DecoderConfig Config() => new()
    {
        Family = "llama",
        VocabularySize = Vocabulary,
        HiddenSize = Hidden,
        IntermediateSize = Inner,
        LayerCount = Layers,
        HeadCount = Heads,
        KeyValueHeadCount = KeyValueHeads,
        HeadDimension = HeadDimension,
        MaxPositions = 2048,
        NormEpsilon = 1e-5,
        Ropes = RopeSettings.Everywhere(Layers, 10000, HeadDimension),
        TieEmbeddings = Tied,
        Windows = new int?[Layers],
        EosIds = [],
    };

    /// <summary>
    /// Arithmetic that a step cannot do without: every prompt token once, every response token once, the head at response positions only;
    /// 6 per parameter and token, and 12 x heads x D per layer and visible pair of query and key.
    /// </summary>
    public double UsefulFlops(IReadOnlyList<(int[] Prompt, int[][] Responses)> work)
    {
        double tokens = 0, heads = 0, pairs = 0;
        foreach (var (prompt, responses) in work)
        {
            tokens += prompt.Length + responses.Sum(response => response.Length);
            heads += responses.Sum(response => response.Length);
            pairs += Pairs(prompt.Length) + responses.Sum(response => ((double)response.Length * prompt.Length) + Pairs(response.Length));
        }

        return (6 * ((BlockParameters * tokens) + ((double)Vocabulary * Hidden * heads))) + (12.0 * Heads * HeadDimension * Layers * pairs);

        static double Pairs(double length) => length * (length + 1) / 2;
    }

    private static List<BenchShape> MakeOnDevice()
    {
        var smol = Smol with { Prompt = 256, Response = 256, Count = 32 };
        return
        [
            smol with { Name = "tiny", Layers = 2, Hidden = 64, Heads = 4, KeyValueHeads = 2, HeadDimension = 16, Inner = 160, Vocabulary = 512, Prompt = 16, Response = 16, Count = 4 },
            smol,
            smol with { Name = "llama-1b", Layers = 22, Hidden = 2048, Heads = 32, KeyValueHeads = 4, Inner = 5632, Vocabulary = 32000, Count = 16, Tied = false },
            smol with { Name = "llama-7b", Layers = 32, Hidden = 4096, Heads = 32, KeyValueHeads = 32, HeadDimension = 128, Inner = 11008, Vocabulary = 32000, Count = 8, Tied = false },
        ];
    }

    /// <summary>
    /// Bytes that must be read to give every row one more token: all weights once for the whole batch, and each row's keys and values so far, on average those
    /// of the prompt and half the answer.
    /// </summary>
    public double BytesPerGeneratedStep(int elementBytes)
    {
        var config = Config();
        var weights = config.ParameterCount - (config.TieEmbeddings ? 0 : (long)Vocabulary * Hidden);
        var cached = 2.0 * Count * Layers * KeyValueHeads * HeadDimension * (Prompt + (Response / 2));
        return elementBytes * (weights + cached);
    }

    /// <summary>Arithmetic that a generated token cannot do without: 2 per parameter, the head included, and its share of its prompt, of which the head sees one token.</summary>
    public double FlopsPerGeneratedToken() => 2 * ((BlockParameters * (1 + ((double)Prompt / Response))) + ((double)Vocabulary * Hidden));

    private static List<BenchShape> MakeAll()
    {
        var tiny = new BenchShape
        {
            Name = "tiny",
            Layers = 6,
            Hidden = 256,
            Heads = 8,
            KeyValueHeads = 4,
            HeadDimension = 32,
            Inner = 704,
            Vocabulary = 4096,
            Prompt = 64,
            Response = 64,
            Count = 16,
        };
        var generate = Smol with { Kind = BenchKind.Generate, Prompt = 64, Response = 64 };
        return
        [
            tiny,
            Smol,
            tiny with { Name = "tiny-jitter", Jitter = true },
            Smol with { Name = "smol-jitter", Jitter = true },
            Smol with { Name = "sft", Method = Methods.Sft, Count = 4 },
            Smol with { Name = "spin", Method = Methods.Spin },
            generate with { Name = "generate-1", Count = 1 },
            generate with { Name = "generate-8", Count = 8 },
            generate with { Name = "generate-32", Count = 32 },
            // Lengths as the tasks' are with 5, 10 and 5 examples.
            Smol with { Name = "mmlu", Kind = BenchKind.Choose, Shots = 400, SharesShots = true, Prompt = 80, Response = 1, Count = 16 },
            Smol with { Name = "hellaswag", Kind = BenchKind.Choose, Shots = 850, Prompt = 50, Response = 25, Count = 4 },
            generate with { Name = "gsm8k", Prompt = 800, Response = 128, Count = 8 },
        ];
    }
}
