using System.Globalization;
using System.Text.Json;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tokenizers;
using TSpin.Torch;

namespace TSpin.Bench;

/// <summary>TSpin's side: a process of its own that obeys lines on its standard input, so that its peak memory is its own.</summary>
internal static class TSpinWorker
{
    /// <summary>After a shape's name: the same with lengths that do not vary.</summary>
    public const string FixedLengths = "/fixed";

    public static int Run(string shapeName, string type, int threads, TrainingChoice training)
    {
        var fixedLengths = shapeName.EndsWith(FixedLengths, StringComparison.Ordinal);
        var shape = BenchShape.All.First(shape => shape.Name == (fixedLengths ? shapeName[..^FixedLengths.Length] : shapeName));
        shape = fixedLengths ? shape with { Jitter = false } : shape;
        var work = BenchWork.Of(shape, type, threads);
        TorchLibrary.Threads = threads;
        using var decoder = training.Model(shape.Config(), type == "bfloat16");
        var once = shape.Kind switch
        {
            BenchKind.Generate => Generation(work, decoder),
            BenchKind.Choose => Choice(work, decoder),
            _ => Training(work, decoder, training),
        };
        return Worker.Obey(once);
    }

    private static Action Training(BenchWork work, Decoder decoder, TrainingChoice training)
    {
        var objective = work.Shape.Objective;
        Triplet[][] batches = [.. work.Batches.Select(batch => TripletsOf(batch))];
        var trainer = training.Trainer(decoder, objective, work.Shape.Count);
        var references = batches.Select(batch => objective.NeedsReference ? trainer.Reference(batch) : null).ToArray();
        var done = 0;
        return () =>
        {
            var next = done++ % batches.Length;
            trainer.Step(batches[next], references[next], 1e-5, new StepPlace(0, 0, 1, 1));
        };
    }

    internal static Triplet[] TripletsOf(IReadOnlyList<(int[] Prompt, int[][] Responses)> batch) =>
        [.. batch.Select((t, i) => new Triplet(i, t.Prompt, t.Responses[0], t.Responses.ElementAtOrDefault(1), t.Responses.ElementAtOrDefault(2)))];

    private static Action Generation(BenchWork work, Decoder decoder)
    {
        var inference = decoder.ForInference(decoder.ComputeType);
        var generator = new Generator(inference, PlainTokenizer(work.Shape.Vocabulary), new SamplingOptions { MaxNewTokens = work.Shape.Response, BatchSize = work.Shape.Count });
        PromptTokens[] prompts = [.. work.Triplets.Select((triplet, i) => new PromptTokens(i, triplet.Prompt))];
        return () =>
        {
            foreach (var response in generator.Generate(prompts, new ResponseSeeds(1, "bench")))
            {
                if (response.Tokens.Length != work.Shape.Response)
                {
                    throw new InvalidOperationException($"{response.Tokens.Length} tokens instead of {work.Shape.Response}");
                }
            }
        };
    }

    private static Action Choice(BenchWork work, Decoder decoder)
    {
        var inference = decoder.ForInference(decoder.ComputeType);
        (int[] Context, int[] Continuation)[] choices = [.. work.Triplets.SelectMany(question => question.Responses.Select(choice => (question.Prompt, choice)))];
        return () => new ContinuationScorer(inference).Score(choices);
    }

    // A vocabulary of made-up words: answers are decoded to text at the end, which costs nothing that counts.
    internal static Tokenizer PlainTokenizer(int vocabulary)
    {
        var words = Enumerable.Range(0, vocabulary).ToDictionary(id => string.Create(CultureInfo.InvariantCulture, $"w{id}"), id => id);
        var folder = Directory.CreateTempSubdirectory("tspin-bench");
        try
        {
            var file = Path.Combine(folder.FullName, "tokenizer.json");
            File.WriteAllText(file, JsonSerializer.Serialize(new
            {
                version = "1.0",
                added_tokens = Array.Empty<object>(),
                pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
                decoder = new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true },
                model = new { type = "BPE", vocab = words, merges = Array.Empty<string>() },
            }));
            return Tokenizer.Load(file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
