using Shouldly;
using TSpin.Generation;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Generation;

[Collection(typeof(Alone))]
public sealed class CancellationTests
{
    private const int Batch = 3;
    private const int Wave = Batch * WavePlan.BatchesPerWave;

    [Fact]
    public void Cancelling_stops_between_tokens_and_all_tensors_come_back()
    {
        using var decoder = TinyModel.Decoder();
        var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 20, TopP = 0.9, BatchSize = 4 });
        generator.Generate(TinyModel.Prompts(9), TinyModel.Seeds).Count().ShouldBe(9);   // weights that it packs stay with the model
        var before = LiveTensors();
        generator.Generate(TinyModel.Prompts(9), TinyModel.Seeds).Count().ShouldBe(9);
        generator.Stream([3, 4], 1).Take(3).Count().ShouldBe(3);

        using var cancelled = new CancellationTokenSource();
        var steps = 0;
        var counting = new Listener<WaveStep>(_ =>
        {
            if (++steps == 5)
            {
                cancelled.Cancel();
            }
        });
        Should.Throw<OperationCanceledException>(() => generator.GenerateWave(TinyModel.Prompts(4), TinyModel.Seeds, 4, counting, cancelled.Token));
        steps.ShouldBe(5);
        LiveTensors().ShouldBe(before);
    }

    [Fact]
    public void A_cancelled_stage_can_be_continued()
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts((2 * Wave) + 2);
        var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 10, BatchSize = Batch });
        ResponseGeneration.Run(generator, prompts, TinyModel.Seeds, folder["whole.jsonl"], "tiny");
        var before = LiveTensors();

        var path = folder["responses.jsonl"];
        var stops = 0;
        while (true)
        {
            using var cancel = new CancellationTokenSource();
            try
            {
                // After each run's first wave.
                var first = -1;
                var listener = new Listener<GenerationProgress>(progress =>
                {
                    first = first < 0 ? progress.Done : first;
                    if (progress.Done >= first + Wave)
                    {
                        cancel.Cancel();
                    }
                });
                ResponseGeneration.Run(generator, prompts, TinyModel.Seeds, path, "tiny", listener, cancellation: cancel.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                stops++;
            }
        }

        stops.ShouldBe(2);
        File.ReadAllBytes(path).ShouldBe(File.ReadAllBytes(folder["whole.jsonl"]));
        LiveTensors().ShouldBe(before);
    }

    [Fact]
    public void A_wave_of_static_steps_leaves_no_tensor()
    {
        using var decoder = TinyModel.Decoder();
        var before = LiveTensors();
        foreach (var use in new[] { GraphUse.Off, GraphUse.Unrecorded })
        {
            var options = new SamplingOptions { MaxNewTokens = 9, BatchSize = 3 };
            new Generator(decoder, TinyModel.Tokenizer, options) { Graphs = use }.Generate(TinyModel.Prompts(7), TinyModel.Seeds).Count().ShouldBe(7);
            before = use == GraphUse.Off ? LiveTensors() : before;   // the first wave made what the decoder keeps
        }

        LiveTensors().ShouldBe(before);
    }

    private static long LiveTensors()
    {
        // What other tests left to the garbage collector must not be counted before and freed between.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return TorchLibrary.LiveTensors;
    }

    /// <summary>The count of live tensors is the process's: no other test may run meanwhile.</summary>
    [CollectionDefinition(DisableParallelization = true)]
    public sealed class Alone;
}
