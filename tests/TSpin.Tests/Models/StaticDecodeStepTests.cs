using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>The step that a CUDA graph records, run on the CPU, against the ordinary one.</summary>
public sealed class StaticDecodeStepTests
{
    private const int Capacity = 20;
    private const int Steps = 6;

    public static TheoryData<string> Names => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_are_those_of_the_ordinary_step(string name)
    {
        foreach (var (type, tolerance) in new[] { (DType.Float64, 1e-12), (DType.Float32, 1e-5), (DType.BFloat16, 0.15) })
        {
            using var off = GradMode.Off();
            using var scope = new TensorScope();
            var config = SmallModels.All[name];
            using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), type);
            int[][] rows = [SmallModels.Ids(3, 1), SmallModels.Ids(7, 2), SmallModels.Ids(5, 3)];
            using var plain = PlainDecoding.Filled(decoder, rows, Capacity, 3);
            using var moved = PlainDecoding.Filled(decoder, rows, Capacity, 5);
            var logits = Tensor.Empty([5, config.VocabularySize], type);
            using var narrow = new StaticDecodeStep(decoder, moved, rows: 3, slots: Capacity, logits);
            using var wide = new StaticDecodeStep(decoder, moved, rows: 4, slots: 16, logits);
            for (var step = 0; step < Steps; step++)
            {
                long[] ids = [.. rows.Select((_, n) => (long)SmallModels.Ids(1, (ulong)((10 * step) + n))[0])];
                long[] positions = [.. rows.Select(row => (long)row.Length + step)];
                if (positions.Any(position => !config.CacheSurvives(position, position + 1)))
                {
                    return; // generation reads everything again there
                }

                var taken = step % 2 == 0 ? narrow : wide;
                taken.Set(ids, positions);
                _ = taken.Logits(); // a graph's warm-up repeats the step
                var actual = PlainDecoding.Values(taken.Logits().Narrow(0, 0, rows.Length));
                var expected = PlainDecoding.Values(decoder.Logits(PlainDecoding.Next(decoder, ids, positions, plain)));

                var scale = Math.Max(1, Math.Sqrt(expected.Average(x => x * x)));
                actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(tolerance * scale, $"{type}, step {step}");
            }
        }
    }

    [Fact]
    public void The_inputs_alone_decide()
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        using var decoder = SmallModels.Decoder(DType.Float64);
        using var cache = PlainDecoding.Filled(decoder, [SmallModels.Ids(3), SmallModels.Ids(3)], Capacity, 2);
        using var step = new StaticDecodeStep(decoder, cache, rows: 2, slots: 8, Tensor.Empty([2, decoder.Config.VocabularySize], DType.Float64));
        double[][] answers = [.. new long[] { 3, 5, 3 }.Select(token =>
        {
            using var inner = new TensorScope();
            step.Set([token], [3]);
            return PlainDecoding.Values(step.Logits().Narrow(0, 0, 1));
        })];
        answers[2].ShouldBe(answers[0]);
        answers[1].ShouldNotBe(answers[0]);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        using var scope = new TensorScope();
        using var decoder = SmallModels.Decoder();
        var logits = Tensor.Empty([2, decoder.Config.VocabularySize]);
        using var cache = new KeyValueCache(decoder.Config, 2, Capacity, DType.Float32, Device.Cpu);
        Should.Throw<ArgumentOutOfRangeException>(() => new StaticDecodeStep(decoder, cache, 3, 8, logits));
        Should.Throw<ArgumentOutOfRangeException>(() => new StaticDecodeStep(decoder, cache, 2, Capacity + 1, logits));
        using var step = new StaticDecodeStep(decoder, cache, 2, 8, logits);
        Should.Throw<ArgumentOutOfRangeException>(() => step.Set([1], [8]));
        step.Set([1], [7]);
    }

    [Fact]
    public void A_position_that_was_not_learned_is_refused_before_the_device_reads_it()
    {
        var config = SmallModels.Family("gpt2", "{}") with { MaxPositions = 6 };
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var cache = new KeyValueCache(config, 1, Capacity, DType.Float32, Device.Cpu);
        using var logits = Tensor.Empty([1, config.VocabularySize]);
        using var step = new StaticDecodeStep(decoder, cache, 1, Capacity, logits);
        step.Set([1], [5]);
        Should.Throw<TSpinException>(() => step.Set([1], [6])).Message.ShouldContain("7 tokens");
        Should.Throw<TSpinException>(() => PlainDecoding.Quick(decoder, [1], [6], cache)).Message.ShouldContain("7 tokens");
    }
}
