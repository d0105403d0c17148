using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Tokenizers;
using TSpin.Torch;

namespace TSpin.Tests.SelfPlay;

/// <summary>A random model of a few thousand parameters, six examples and a recipe: a whole run over them takes a fraction of a second.</summary>
internal sealed class TinyRun : IDisposable
{
    private const int Examples = 6;
    private static readonly string[] Measured = ["seconds", "tokens_per_second", "peak_memory_bytes"];

    private readonly TemporaryFolder _folder = new();

    public TinyRun(DType stored = DType.Float32)
    {
        var lines = Enumerable.Range(1, Examples + 2).Select(n => new JsonObject
        {
            ["question"] = $"Ann has {n} figs and buys {n + 2} more. How many figs has Ann?",
            ["answer"] = $"Ann has {n} + {n + 2} = {n + n + 2} figs.\n#### {n + n + 2}",
        }.ToJsonString()).ToArray();
        File.WriteAllLines(_folder["train.jsonl"], lines[..Examples]);
        File.WriteAllLines(_folder["held-out.jsonl"], lines[Examples..]);
        BpeTrainer.Train(lines, 280, ["<|end|>"], _folder["model", "tokenizer.json"]);
        var config = new DecoderConfig
        {
            Family = "llama",
            VocabularySize = 280,
            HiddenSize = 16,
            IntermediateSize = 24,
            LayerCount = 2,
            HeadCount = 2,
            KeyValueHeadCount = 1,
            HeadDimension = 8,
            MaxPositions = 160,
            NormEpsilon = 1e-5,
            Ropes = RopeSettings.Everywhere(2, 10_000, 8),
            TieEmbeddings = true,
            Windows = [null, null],
            EosIds = [0],
            InitializerDeviation = 0.2,
            StoredType = stored,
        };
        using var model = DecoderLoader.Random(config, 3);
        DecoderConfigWriter.Write(config, _folder["model"]);
        DecoderSaver.SaveWeights(model, _folder["model"]);
    }

    public string Model => _folder["model"];

    public string Train => _folder["train.jsonl"];

    public string HeldOut => _folder["held-out.jsonl"];

    /// <summary>Two iterations of four steps, the last of each epoch a short one.</summary>
    public Recipe Recipe(Method? method = null) => new()
    {
        Name = "tiny",
        Method = method ?? Methods.TSpin,
        Seed = 7,
        Model = new ModelSettings { Path = Model, Dtype = ComputeType.Float32 },
        Data = new DataSettings { Train = [Train] },
        Prompt = new PromptSettings { MaxPromptTokens = 80, MaxSequenceTokens = 160 },
        Generation = new GenerationSettings { MaxNewTokens = 8, BatchSize = 4 },
        Objective = new ObjectiveSettings { Alpha = 0.1 },
        Training = new TrainingSettings { Iterations = 2, Epochs = 2, BatchSize = 4, TokensPerPass = 60, MicroBatchSize = 3, LearningRate = [1e-3] },
        Checkpoints = new CheckpointSettings { Keep = CheckpointKeeping.All },
        Evaluation = new EvaluationSettings { Data = [HeldOut], MaxNewTokens = 6 },
        Output = new OutputSettings { Directory = _folder.Path },
    };

    /// <summary>The path of something beside the model, for example of a run.</summary>
    public string this[params string[] parts] => _folder[parts];

    /// <summary>Runs, or continues, and returns the run's folder.</summary>
    public string Run(Recipe recipe, string name, Action<RunEvent>? watch = null, CancellationToken cancellation = default)
    {
        var folder = _folder[name];
        new SelfPlayRun(recipe, folder, watch is null ? null : new Relay<RunEvent>(watch)).Run(cancellation);
        return folder;
    }

    /// <summary>What a <c>kill -9</c> at this moment would leave: every file as it stands, without the lock that dies with the process.</summary>
    public static void Snapshot(string run, string target)
    {
        foreach (var file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != FolderLock.FileName))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var to = File.Create(copy);
            from.CopyTo(to);
        }
    }

    /// <summary>
    /// Everything a run decides, by relative path: hashes of responses and weights, metrics without what a clock or the memory says.
    /// Two runs of one recipe must agree in it, however often either was interrupted.
    /// </summary>
    public static SortedDictionary<string, string> Outcome(string run)
    {
        var outcome = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(run, file);
            switch (Path.GetFileName(file))
            {
                case "metrics.jsonl":
                    outcome[name] = string.Join('\n', File.ReadLines(file).Select(WithoutMeasured));
                    break;
                case "evaluation.json":
                    outcome[name] = WithoutMeasured(File.ReadAllText(file));
                    break;
                case "alarms.jsonl" or "recipe.yaml" or "triplets-metrics.jsonl":
                    outcome[name] = File.ReadAllText(file);
                    break;
                case "run.json" or "environment.json" or "manifest.json" or "sources.json" or "report.html" or FolderLock.FileName or FolderLock.HolderFileName:
                    break;
                default:
                    outcome[name] = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
                    break;
            }
        }

        return outcome;
    }

    public void Dispose() => _folder.Dispose();

    private static string WithoutMeasured(string json)
    {
        var record = JsonNode.Parse(json)!.AsObject();
        foreach (var part in (record["results"] as JsonArray ?? []).Select(result => result!.AsObject()).Prepend(record))
        {
            foreach (var name in Measured)
            {
                part.Remove(name);
            }
        }

        return record.ToJsonString();
    }
}
