using Shouldly;
using TSpin.Bench;
using TSpin.Models;
using TSpin.Optimization;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class TrainingMemoryTests
{
    private static readonly DecoderConfig Tiny = BenchShape.All.Single(shape => shape.Name == "tiny").Config();
    private static readonly DecoderConfig Smol = BenchShape.All.Single(shape => shape.Name == "smol").Config();

    // V 10, H 4, one head of 4, inner 6, one block: embedding 40, four projections of 16, three of 24, three norms of 4.
    private static readonly DecoderConfig Countable = new BenchShape
    {
        Name = "countable",
        Layers = 1,
        Hidden = 4,
        Heads = 1,
        KeyValueHeads = 1,
        HeadDimension = 4,
        Inner = 6,
        Vocabulary = 10,
        Prompt = 1,
        Response = 1,
        Count = 1,
    }.Config();

    /// <summary>VmHWM of bench's worker after its fourth step, 2026-11-28, in decimal gigabytes.</summary>
    [Theory]
    [InlineData("tiny", true, false, 0.47)]
    [InlineData("tiny", true, true, 0.38)]
    [InlineData("tiny", false, false, 0.63)]
    [InlineData("tiny", false, true, 0.46)]
    [InlineData("smol", true, false, 2.37)]
    [InlineData("smol", true, true, 2.18)]
    [InlineData("smol", false, false, 2.86)]
    [InlineData("smol", false, true, 2.50)]
    public void Benched_shapes_are_predicted_within_a_tenth(string shape, bool bfloat16, bool recompute, double gigabytes)
    {
        var (config, tokens, predicted) = shape == "tiny" ? (Tiny, 4096, 3072) : (Smol, 1024, 768);
        var peak = TrainingMemory.Of(config, bfloat16, OptimizerKind.AdamW, tokens, predicted, recompute).PeakBytes / 1e9;
        peak.ShouldBeInRange(0.9 * gigabytes, 1.1 * gigabytes);
    }

    /// <summary>The same with bench's <c>--stochastic</c>.</summary>
    [Theory]
    [InlineData(false, 2.09)]
    [InlineData(true, 1.91)]
    public void Parameters_rounded_at_random_are_predicted_within_a_tenth(bool recompute, double gigabytes) =>
        (TrainingMemory.Of(Smol, true, OptimizerKind.AdamW, 1024, 768, recompute, masters: MasterKind.Stochastic).PeakBytes / 1e9).ShouldBeInRange(0.9 * gigabytes, 1.1 * gigabytes);

    /// <summary>The same with bench's <c>--recompute --no-clip</c>.</summary>
    [Theory]
    [InlineData(true, 2.04)]
    [InlineData(false, 2.20)]
    public void Gradients_consumed_block_by_block_are_predicted_within_a_tenth(bool bfloat16, double gigabytes) =>
        (TrainingMemory.Of(Smol, bfloat16, OptimizerKind.AdamW, 1024, 768, recompute: true, clips: false).PeakBytes / 1e9).ShouldBeInRange(0.9 * gigabytes, 1.1 * gigabytes);

    /// <summary>The same with bench's <c>--optimizer rmsprop</c>.</summary>
    [Theory]
    [InlineData("tiny", true, 0.44)]
    [InlineData("tiny", false, 0.61)]
    [InlineData("smol", true, 1.84)]
    [InlineData("smol", false, 2.31)]
    public void RmsProp_is_predicted_within_a_tenth(string shape, bool bfloat16, double gigabytes) =>
        Predicted(shape, bfloat16, OptimizerKind.RmsProp).ShouldBeInRange(0.9 * gigabytes, 1.1 * gigabytes);

    /// <summary>The same with bench's <c>--lora 16</c>. Of smol in bfloat16 with recompute a peak says nothing: the bench makes a float32 model first, which is larger.</summary>
    [Theory]
    [InlineData("tiny", true, false, 0.48)]
    [InlineData("tiny", false, false, 0.71)]
    [InlineData("tiny", true, true, 0.33)]
    [InlineData("tiny", false, true, 0.42)]
    [InlineData("smol", true, false, 1.21)]
    [InlineData("smol", false, false, 2.07)]
    [InlineData("smol", false, true, 1.10)]
    public void An_adapter_is_predicted_within_a_tenth(string shape, bool bfloat16, bool recompute, double gigabytes) =>
        Predicted(shape, bfloat16, OptimizerKind.AdamW, recompute, loraRank: 16).ShouldBeInRange(0.9 * gigabytes, 1.1 * gigabytes);

    /// <summary>The same with bench's <c>--micro-batch 4</c> of tiny's 16 triplets and <c>--micro-batch 1</c> of smol's 2.</summary>
    [Theory]
    [InlineData("tiny", true, false, 0.37)]
    [InlineData("tiny", false, false, 0.41)]
    [InlineData("tiny", true, true, 0.35)]
    [InlineData("tiny", false, true, 0.36)]
    [InlineData("smol", true, false, 2.93)]
    [InlineData("smol", false, false, 3.03)]
    [InlineData("smol", true, true, 2.81)]
    [InlineData("smol", false, true, 2.64)]
    public void Several_passes_are_predicted_within_a_tenth(string shape, bool bfloat16, bool recompute, double gigabytes) =>
        Predicted(shape, bfloat16, OptimizerKind.AdamW, recompute, passes: shape == "tiny" ? 4 : 2).ShouldBeInRange(0.9 * gigabytes, 1.1 * gigabytes);

    private static double Predicted(string shape, bool bfloat16, OptimizerKind optimizer, bool recompute = false, int loraRank = 0, int passes = 1)
    {
        var (config, tokens, predicted) = shape == "tiny" ? (Tiny, 4096, 3072) : (Smol, 1024, 768);
        return TrainingMemory.Of(config, bfloat16, optimizer, tokens / passes, predicted / passes, recompute, accumulates: passes > 1, loraRank).PeakBytes / 1e9;
    }

    [Theory]
    [InlineData(true, 40 + 144)] // the embedding's from the head on, and the only block's
    [InlineData(false, 144)] // the head's, the block's, the embedding's, never two together
    public void Gradients_consumed_block_by_block_are_those_of_one_block(bool tied, long elements)
    {
        var config = Countable with { TieEmbeddings = tied, LayerCount = 1 };
        TrainingMemory.Of(config, bfloat16: true, OptimizerKind.AdamW, 5, 3, recompute: true, clips: false).Gradients.ShouldBe(2 * elements);
        TrainingMemory.Of(config, bfloat16: true, OptimizerKind.AdamW, 5, 3, recompute: true, clips: false, accumulates: true).Gradients.ShouldBe((6 * config.ParameterCount) + (4 * 40));
        TrainingMemory.Of(config, bfloat16: true, OptimizerKind.AdamW, 5, 3, recompute: false, clips: false).Gradients.ShouldBe(2 * config.ParameterCount);
    }

    /// <summary>Half of parameters, gradients and state, and what is gathered.</summary>
    [Fact]
    public void A_process_of_two_that_share_everything_needs_less_than_seven_tenths_of_one()
    {
        var whole = TrainingMemory.Of(Smol, false, OptimizerKind.AdamW, 512, 128, recompute: true);
        var share = TrainingMemory.OfShare(Smol, false, OptimizerKind.AdamW, 512, 128, recompute: true, processes: 2);
        share.Moments.ShouldBe(whole.Moments / 2);
        ((double)share.PeakBytes / whole.PeakBytes).ShouldBeInRange(0.5, 0.7);
    }

    [Fact]
    public void Terms_are_counted_by_hand()
    {
        Countable.ParameterCount.ShouldBe(188);

        // Few tokens: the peak is where backward ends.
        var memory = TrainingMemory.Of(Countable, bfloat16: true, OptimizerKind.AdamW, 5, 3, recompute: false);

        memory.Weights.ShouldBe(4 * 188);
        TrainingMemory.Of(Countable, bfloat16: true, OptimizerKind.AdamW, 5, 3, recompute: false, masters: MasterKind.Stochastic).Weights.ShouldBe(2 * 188);
        memory.Moments.ShouldBe(8 * 188);
        memory.Gradients.ShouldBe(2 * 188);
        // A token: 2 x 4 + 2 x 4 + 2 x 4 + 2 x 6 numbers and one log-sum-exp; three and a half times for the only block.
        memory.Activations.ShouldBe(7 * 5 * ((2 * 36) + 4) / 2);
        memory.Head.ShouldBe(0);
        var terms = memory.Runtime + memory.Weights + memory.Moments + memory.Gradients + memory.Activations + memory.Head;
        memory.Holes.ShouldBe(3 * terms / 200);
        memory.PeakBytes.ShouldBe(terms + memory.Holes);

        // Many layers: it is where backward begins, with the embedding's gradient, which is the head's too.
        var deep = Countable with { LayerCount = 9, Ropes = RopeSettings.Everywhere(9, 10000, 4), Windows = new int?[9] };
        var early = TrainingMemory.Of(deep, bfloat16: true, OptimizerKind.AdamW, 5000, 3, recompute: false);
        early.Gradients.ShouldBe(2 * 40);
        early.Activations.ShouldBe(9 * 5000 * ((2 * 36) + 4));
        early.Head.ShouldBe((10 * 3 * 2) + (3 * 4 * 6));
    }

    [Fact]
    public void An_adapter_has_neither_masters_nor_gradients_of_the_model()
    {
        var memory = TrainingMemory.Of(Countable, bfloat16: true, OptimizerKind.RmsProp, 5, 3, recompute: false, loraRank: 2);
        // Four projections with sides 4 + 4, three with 4 + 6.
        const long adapter = 2 * ((4 * 8) + (3 * 10));
        memory.Weights.ShouldBe((2 * 188) + (4 * adapter));
        memory.Moments.ShouldBe(4 * adapter);
        memory.Gradients.ShouldBe(4 * adapter);
    }

    [Fact]
    public void Accumulation_holds_wide_gradients_beside_narrow_ones_and_the_embeddings_once_more()
    {
        Gradients(accumulates: false).ShouldBe(2 * Smol.ParameterCount);
        (Gradients(accumulates: true) - Gradients(accumulates: false)).ShouldBe(4 * (Smol.ParameterCount + (49152 * 576)));

        static long Gradients(bool accumulates) => TrainingMemory.Of(Smol, true, OptimizerKind.AdamW, 1024, 768, true, accumulates).Gradients;
    }
}
