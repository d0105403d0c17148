using Shouldly;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

public sealed class DecoderTests
{
    public static TheoryData<string> Names => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_are_those_of_plain_loops(string name)
    {
        var config = SmallModels.All[name];
        var weights = SmallModels.Weights(config);
        using var decoder = SmallModels.Decoder(config, weights);
        using var off = GradMode.Off();
        var slow = new SlowDecoder(config, weights);
        foreach (var length in new[] { 1, 2, 11 })
        {
            using var scope = new TensorScope();
            var ids = SmallModels.Ids(length);

            var actual = Logits(decoder, ids);

            var expected = slow.Logits(ids);
            for (var t = 0; t < length; t++)
            {
                for (var v = 0; v < config.VocabularySize; v++)
                {
                    ((double)actual[(t * config.VocabularySize) + v]).ShouldBe(expected[t][v], 1e-4, $"{length} tokens, [{t}, {v}]");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_of_the_T_SPIN_loss_are_finite_differences_of_plain_loops(string name)
    {
        var config = SmallModels.All[name];
        var weights = SmallModels.Weights(config, 2);
        using var scope = new TensorScope();
        using var decoder = SmallModels.Decoder(config, weights, DType.Float64);
        decoder.Training.RequireGradients(true);
        var triplet = new Triplet(0, SmallModels.Ids(4), SmallModels.Ids(3, 1), SmallModels.Ids(5, 2), SmallModels.Ids(2, 3));
        const double alpha = 0.3;
        const double beta = 0.7;

        var sums = new PaddedForward().Run(decoder, [triplet]);
        new TSpinObjective(alpha, beta, Link.Logistic).Evaluate(new SequenceLogProbs(sums.Annotated, sums.Synthetic, sums.ProtoSynthetic)).PerExample.Sum().Backward();

        const double step = 1e-5;
        foreach (var (parameter, values) in weights)
        {
            var gradient = decoder.Parameters[parameter].Grad()!.ToArray<double>();
            // A few elements of every parameter, those with the largest gradient among them.
            foreach (var i in new[] { 0, values.Length / 2, Array.IndexOf(gradient, gradient.Max()), Array.IndexOf(gradient, gradient.Min()) })
            {
                var kept = values[i];
                values[i] = kept + step;
                var above = Loss();
                values[i] = kept - step;
                var below = Loss();
                values[i] = kept;
                var slope = (above - below) / (2 * step);
                gradient[i].ShouldBe(slope, 1e-6 * Math.Max(1, Math.Abs(slope)), $"{parameter}[{i}]");
            }
        }

        double Loss()
        {
            var slow = new SlowDecoder(config, weights);
            var (y, synthetic, proto) = (slow.LogProb(triplet.Prompt, triplet.Annotated), slow.LogProb(triplet.Prompt, triplet.Synthetic!), slow.LogProb(triplet.Prompt, triplet.ProtoSynthetic!));
            return Math.Log(1 + Math.Exp(-alpha * (y - synthetic))) + (beta * Math.Log(1 + Math.Exp(-alpha * (synthetic - proto))));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cache_filled_in_pieces_gives_the_logits_of_one_pass(string name)
    {
        var config = SmallModels.All[name];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var ids = SmallModels.Ids(9);
        using var cache = new KeyValueCache(config, 1, 12, DType.Float32, Device.Cpu);
        foreach (var end in new[] { 4, 5, 8, 9 })
        {
            // A growing rotary embedding makes the cache useless from time to time; then everything is read again.
            var start = config.CacheSurvives(cache.Used, end) || cache.Used == 0 ? (int)cache.Used : 0;
            var positions = (Tensor.Range(end - start) + start).Unsqueeze(0);
            cache.Used = end;
            var layout = new AttentionLayout(positions, Tensor.Range(end).Unsqueeze(0));

            var piece = decoder.Logits(decoder.Hidden(Row(ids[start..end]), layout, cache)).ToArray<float>();

            piece.Zip(Logits(decoder, ids[..end])[(start * config.VocabularySize)..]).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThan(1e-5f, $"to {end}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_family_trains_in_bfloat16_with_float32_masters(string name)
    {
        var config = SmallModels.All[name];
        var weights = SmallModels.Weights(config);
        using var exact = SmallModels.Decoder(config, weights);
        using var rounded = SmallModels.Decoder(config, weights, DType.Float32, DType.BFloat16);
        using var scope = new TensorScope();
        var ids = SmallModels.Ids(9);
        float[] expected;
        using (GradMode.Off())
        {
            expected = Logits(exact, ids);
        }

        rounded.Training.RequireGradients(true);
        var logits = rounded.Logits(rounded.Hidden(Row(ids), AttentionLayout.Causal(ids.Length, Device.Cpu)));
        logits.To(DType.Float32).Square().Sum().Backward();

        logits.DType.ShouldBe(DType.BFloat16);
        var actual = logits.Detach().To(DType.Float32).ToArray<float>();
        var error = Math.Sqrt(actual.Zip(expected, (a, b) => (a - b) * (a - b)).Average() / expected.Average(b => b * b));
        error.ShouldBeInRange(1e-4, 0.05);
        rounded.Parameters.Keys.ShouldAllBe(name => rounded.Training.Gradient(name)!.DType == DType.BFloat16 && rounded.Training.Gradient(name)!.AllFinite());
        rounded.Training.WidenGradients();
        rounded.Parameters.Keys.ShouldAllBe(name => rounded.Training.Gradient(name)!.DType == DType.Float32 && rounded.Training.Gradient(name)!.AllFinite());
    }

    [Fact]
    public void Later_tokens_do_not_change_earlier_logits()
    {
        using var decoder = SmallModels.Decoder();
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var ids = SmallModels.Ids(8);
        int[] changed = [.. ids[..6], 5, 11];

        var difference = Logits(decoder, ids).Zip(Logits(decoder, changed), (a, b) => Math.Abs(a - b)).ToArray();

        difference[..(6 * 19)].Max().ShouldBe(0);
        difference[(6 * 19)..].Max().ShouldBeGreaterThan(0.01f);
    }

    [Fact]
    public void A_window_hides_tokens_that_plain_attention_sees()
    {
        var weights = SmallModels.Weights(SmallModels.Base);
        using var open = SmallModels.Decoder(SmallModels.Base, weights);
        using var narrow = SmallModels.Decoder(SmallModels.Base with { Family = "mistral", Windows = [3, 3] }, weights);
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var ids = SmallModels.Ids(5);

        var difference = Logits(open, ids).Zip(Logits(narrow, ids), (a, b) => Math.Abs(a - b)).ToArray();

        difference[..(3 * 19)].Max().ShouldBeLessThan(1e-5f, "three tokens fit into the window");
        difference[(3 * 19)..(4 * 19)].Max().ShouldBeGreaterThan(0.01f, "the fourth no longer sees the first");
    }

    [Fact]
    public void ForInference_computes_in_the_type_asked_for_and_leaves_the_masters_alone()
    {
        using var decoder = SmallModels.Decoder();
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var before = decoder.Parameters["model.norm.weight"].ToArray<float>();
        var exact = Logits(decoder, SmallModels.Ids(5));
        using (var narrow = decoder.ForInference(DType.BFloat16))
        {
            var rounded = Logits(narrow, SmallModels.Ids(5));
            narrow.ComputeType.ShouldBe(DType.BFloat16);
            rounded.Zip(exact, (a, b) => Math.Abs(a - b)).Max().ShouldBeInRange(1e-4f, 0.5f);
        }

        using (decoder.ForInference(DType.Float32))
        {
        }

        decoder.Parameters["model.norm.weight"].ToArray<float>().ShouldBe(before);
        Logits(decoder, SmallModels.Ids(5)).ShouldBe(exact);
    }

    private static float[] Logits(Decoder decoder, int[] ids) =>
        decoder.Logits(decoder.Hidden(Row(ids), AttentionLayout.Causal(ids.Length, Device.Cpu))).To(DType.Float32).ToArray<float>();

    private static Tensor Row(int[] ids) => Tensor.From<long>(ids.Select(id => (long)id).ToArray(), [1, ids.Length]);
}
