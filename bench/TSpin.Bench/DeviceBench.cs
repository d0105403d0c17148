using System.Diagnostics;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Bench;

/// <summary>
/// One shape on one device, in this process and without a peer: ceilings, a few optimizer steps or one generation, memory. Made for GPUs; the CPU
/// serves to try it out. scripts/gpu-check.sh calls it once per shape, so that each has the device's memory to itself.
/// </summary>
/// <param name="device">Where.</param>
/// <param name="shape">The model and its batch.</param>
/// <param name="type">Type of the arithmetic. Parameters and moments in training are float32, as in a run.</param>
internal sealed class DeviceBench(Device device, BenchShape shape, DType type)
{
    private const int DeviceProductSize = 8192;
    private const long DeviceCopyBytes = 1L << 30;

    private string? _graphFailure;

    /// <summary>Optimizer steps: T-SPIN, AdamW, all triplets in one micro-batch.</summary>
    /// <param name="steps">Steps that count; two before them do not.</param>
    /// <param name="recompute">Blocks computed again in backward.</param>
    /// <returns>What is written as JSON.</returns>
    public object Train(int steps, bool recompute)
    {
        var (product, _) = Ceilings();
        using var decoder = Model(DType.Float32);
        decoder.Training.RecomputesBlocks = recompute;
        decoder.Training.RequireGradients(true);
        using var optimizer = new AdamW(decoder.Parameters, residues: decoder.Weights.Residues);
        var count = shape.Count;
        while (true)
        {
            var batch = shape with { Count = count };
            var work = BenchWork.Of(batch, "", 0).Triplets;
            try
            {
                var seconds = Steps(decoder, optimizer, work, steps);
                var median = Measurement.MedianOf(seconds);
                long tokens = work.Sum(triplet => triplet.Prompt.Length + triplet.Responses.Sum(response => response.Length));
                var flops = batch.UsefulFlops(work);
                return new
                {
                    what = "training",
                    shape = shape.Name,
                    device = Name(),
                    type = type.ToString(),
                    recompute,
                    parameters = decoder.Config.ParameterCount,
                    triplets = count,
                    tokens_per_step = tokens,
                    step_seconds = new { median, min = seconds.Min(), max = seconds.Max() },
                    triplets_per_second = count / median,
                    tokens_per_second = tokens / median,
                    useful_flops_per_second = flops / median,
                    product_flops_per_second = product,
                    mfu = flops / median / product,
                    used_bytes = UsedBytes(),
                };
            }
            catch (TorchOutOfMemoryException) when (count > 1)
            {
                decoder.Training.ClearGradients();
                count /= 2;
                Console.Error.WriteLine($"{shape.Name}: out of memory; {count} triplets instead");
            }
        }
    }

    /// <summary>Answers as many prompts together as the shape has, all of them to the last token; with and without CUDA graphs in turn where there are some.</summary>
    /// <param name="rounds">Generations that count, of each kind; one before them does not.</param>
    /// <returns>What is written as JSON.</returns>
    public object Generate(int rounds)
    {
        var (_, copy) = Ceilings();
        using var decoder = Model(type);
        var hasGraphs = device.IsCuda && CudaGraph.IsAvailable;
        var (seconds, without) = (new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            var (first, second) = (Seconds(decoder, GraphUse.On), hasGraphs ? Seconds(decoder, GraphUse.Off) : 0);
            if (round > 0)
            {
                seconds.Add(first);
                without.Add(second);
            }
        }

        var config = decoder.Config;
        var rate = Rate(seconds);
        var bound = shape.Count * copy / shape.BytesPerGeneratedStep(type == DType.Float32 ? 4 : 2);
        return new
        {
            what = "generation",
            shape = shape.Name,
            device = Name(),
            type = type.ToString(),
            parameters = config.ParameterCount,
            batch = shape.Count,
            prompt_tokens = shape.Prompt,
            new_tokens = shape.Response,
            model = new // for the peer
            {
                vocab_size = config.VocabularySize,
                hidden_size = config.HiddenSize,
                intermediate_size = config.IntermediateSize,
                num_hidden_layers = config.LayerCount,
                num_attention_heads = config.HeadCount,
                num_key_value_heads = config.KeyValueHeadCount,
                head_dim = config.HeadDimension,
                tie_word_embeddings = config.TieEmbeddings,
            },
            seconds = new { median = Measurement.MedianOf(seconds), min = seconds.Min(), max = seconds.Max() },
            tokens_per_second = rate,
            cuda_graphs = !device.IsCuda ? "none on the CPU" : !hasGraphs ? "not in this build" : _graphFailure is { } failure ? $"failed: {failure}" : "used",
            without_graphs = hasGraphs ? new { tokens_per_second = Rate(without), seconds = new { median = Measurement.MedianOf(without), min = without.Min(), max = without.Max() } } : null,
            copy_bytes_per_second = copy,
            bound_tokens_per_second = bound,
            share_of_bound = rate / bound,
            used_bytes = UsedBytes(),
        };
    }

    private double Rate(List<double> seconds) => shape.Count * shape.Response / Measurement.MedianOf(seconds);

    // Of one generation of all prompts.
    private double Seconds(Decoder decoder, GraphUse graphs)
    {
        var generator = new Generator(decoder, TSpinWorker.PlainTokenizer(shape.Vocabulary), new SamplingOptions { MaxNewTokens = shape.Response, BatchSize = shape.Count }) { Graphs = graphs };
        PromptTokens[] prompts = [.. BenchWork.Of(shape, "", 0).Triplets.Select((triplet, i) => new PromptTokens(i, triplet.Prompt))];
        TorchLibrary.Synchronize(device);
        var clock = Stopwatch.StartNew();
        var tokens = generator.Generate(prompts, new ResponseSeeds(1, "bench")).Sum(response => response.Tokens.Length);
        _graphFailure ??= generator.GraphFailure;
        return tokens == shape.Count * shape.Response ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"{tokens} tokens instead of {shape.Count * shape.Response}");
    }

    private List<double> Steps(Decoder decoder, Optimizer optimizer, IReadOnlyList<(int[] Prompt, int[][] Responses)> work, int steps)
    {
        const int uncounted = 2; // the first makes the optimizer's state, the second finds all memory in place
        var triplets = TSpinWorker.TripletsOf(work);
        var trainer = new Trainer(decoder, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, triplets.Length, 1);
        var seconds = new List<double>();
        for (var step = 0; step < steps + uncounted; step++)
        {
            TorchLibrary.Synchronize(device);
            var clock = Stopwatch.StartNew();
            trainer.Step(triplets, null, 1e-6, new StepPlace(0, 0, step + 1, steps + uncounted));
            TorchLibrary.Synchronize(device);
            if (step >= uncounted)
            {
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
        }

        return seconds;
    }

    // Drawn on the device: speed does not depend on the values, and billions of draws on the CPU take minutes.
    private Decoder Model(DType parameters)
    {
        using var scope = new TensorScope();
        using var generator = new RandomGenerator(1, device);
        var config = shape.Config();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var parameter in ParameterShapes.Of(config))
        {
            tensors.Add(parameter.Name, parameter.Kind == ParameterKind.NormScale
                ? Tensor.Full(parameter.Shape, 1, parameters, device)
                : Tensor.Empty(parameter.Shape, parameters, device).FillNormal(0, config.InitializerDeviation, generator));
        }

        return new Decoder(config, tensors, type);
    }

    // FLOP/s of a large product of random numbers, and bytes read and written per second by a copy that no cache holds.
    private (double Product, double Copy) Ceilings()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        using var generator = new RandomGenerator(1, device);
        var size = device.IsCuda ? DeviceProductSize : CeilingWorker.ProductSize;
        var bytes = device.IsCuda ? DeviceCopyBytes : CeilingWorker.CopyBytes;
        var matrix = Tensor.Empty([size, size], type, device).FillNormal(0, 1, generator);
        var (from, to) = (Tensor.Full([bytes / sizeof(float)], 1, DType.Float32, device), Tensor.Zeros([bytes / sizeof(float)], DType.Float32, device));
        return (2.0 * size * size * size / Seconds(() => Layers.MatMul(matrix, matrix).Dispose()), 2.0 * bytes / Seconds(() => to.CopyFrom(from)));

        double Seconds(Action once)
        {
            const int repeats = 5;
            var seconds = new List<double>();
            for (var i = 0; i < 5; i++)
            {
                TorchLibrary.Synchronize(device);
                var clock = Stopwatch.StartNew();
                for (var j = 0; j < repeats; j++)
                {
                    once();
                }

                TorchLibrary.Synchronize(device);
                seconds.Add(clock.Elapsed.TotalSeconds / repeats);
            }

            return Measurement.MedianOf(seconds[1..]);
        }
    }

    private string Name() => device.IsCuda ? TorchLibrary.PropertiesOf(device).Name : SelfPlay.RunEnvironment.Processor();

    // libtorch keeps the memory it was given, so what the device has lent at the end is what was needed at the peak, the driver's own included.
    private long UsedBytes() => device.IsCuda && TorchLibrary.PropertiesOf(device) is var properties ? properties.TotalBytes - properties.FreeBytes : ProcessMemory.PeakBytes();
}
