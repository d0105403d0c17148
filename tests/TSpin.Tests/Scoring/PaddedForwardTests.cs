using Shouldly;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Scoring;

public sealed class PaddedForwardTests
{
    private static readonly int[] Short = SmallModels.Ids(1, 1);
    private static readonly int[] Long = SmallModels.Ids(7, 2);

    [Fact]
    public void Every_response_has_the_log_probability_of_a_pass_of_its_own()
    {
        var weights = SmallModels.Weights(SmallModels.Base);
        using var decoder = SmallModels.Decoder(SmallModels.Base, weights);
        using var scope = new TensorScope();
        var slow = new SlowDecoder(SmallModels.Base, weights);
        // Prompts and responses of one token and of many, so that every row is padded differently.
        Triplet[] triplets =
        [
            new(0, Short, SmallModels.Ids(1, 3), SmallModels.Ids(6, 4), SmallModels.Ids(3, 5)),
            new(1, Long, SmallModels.Ids(5, 6), SmallModels.Ids(1, 7), SmallModels.Ids(4, 8)),
        ];

        var sums = new PaddedForward().Run(decoder, triplets);

        Values(sums.Annotated).ShouldBe(triplets.Select(triplet => slow.LogProb(triplet.Prompt, triplet.Annotated)), 1e-4);
        Values(sums.Synthetic!).ShouldBe(triplets.Select(triplet => slow.LogProb(triplet.Prompt, triplet.Synthetic!)), 1e-4);
        Values(sums.ProtoSynthetic!).ShouldBe(triplets.Select(triplet => slow.LogProb(triplet.Prompt, triplet.ProtoSynthetic!)), 1e-4);
        sums.UsefulTokens.ShouldBe(2 + 7 + 4 + 12 + 8 + 11);
        sums.ComputedTokens.ShouldBe(6 * 12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_are_the_sum_of_the_gradients_of_separate_passes(bool merged)
    {
        using var decoder = SmallModels.Decoder(DType.Float64);
        using var scope = new TensorScope();
        decoder.Training.RequireGradients(true);
        int[] synthetic = merged ? [8, 4, 9] : [8, 4];
        Triplet[] triplets = [new(0, Long, [8, 4, 9], synthetic, [.. synthetic]), new(1, Short, [3, 5], [12], [13, 14, 15, 16])];

        var sums = new PaddedForward().Run(decoder, triplets);
        (sums.Annotated.Sum() + (sums.Synthetic!.Sum() * 2) - (sums.ProtoSynthetic!.Sum() * 0.5)).Backward();
        var together = Gradients(decoder);
        foreach (var triplet in triplets)
        {
            foreach (var (response, factor) in new[] { (triplet.Annotated, 1.0), (triplet.Synthetic!, 2), (triplet.ProtoSynthetic!, -0.5) })
            {
                (new PaddedForward().Run(decoder, [new Triplet(0, triplet.Prompt, response)]).Annotated.Sum() * factor).Backward();
            }
        }

        var apart = Gradients(decoder);
        foreach (var (name, values) in together)
        {
            values.Zip(apart[name], (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-10, name);
            values.Max(Math.Abs).ShouldBeGreaterThan(0, name);
        }
    }

    [Fact]
    public void Equal_responses_are_computed_once_and_count_for_each()
    {
        using var decoder = SmallModels.Decoder();
        using var scope = new TensorScope();
        int[] answer = [5, 6, 7];

        var sums = new PaddedForward().Run(decoder, [new Triplet(0, Long, answer, [.. answer], [.. answer]), new Triplet(1, Long[..5], answer, [4], [4])]);

        sums.ComputedTokens.ShouldBe(3 * 10, "one row for the first triplet, two for the second");
        sums.UsefulTokens.ShouldBe(10 + 8 + 6);
        sums.Synthetic!.ToArray<float>()[0].ShouldBe(sums.Annotated.ToArray<float>()[0]);
        sums.ProtoSynthetic!.ToArray<float>().ShouldBe(sums.Synthetic!.ToArray<float>());
    }

    [Fact]
    public void Responses_that_a_method_does_not_need_are_not_computed()
    {
        using var decoder = SmallModels.Decoder();
        using var scope = new TensorScope();

        var sums = new PaddedForward().Run(decoder, [new Triplet(0, Long, [5])]);

        sums.Synthetic.ShouldBeNull();
        sums.ProtoSynthetic.ShouldBeNull();
        sums.ComputedTokens.ShouldBe(8);
    }

    [Fact]
    public void An_empty_response_has_probability_one()
    {
        using var decoder = SmallModels.Decoder();
        using var scope = new TensorScope();

        var sums = new PaddedForward().Run(decoder, [new Triplet(0, Long, [5], [], [])]);

        sums.Synthetic!.ToArray<float>().ShouldBe([0]);
        sums.Annotated.ToArray<float>()[0].ShouldBeLessThan(0);
        new PaddedForward().Run(decoder, [new Triplet(0, Long, [])]).Annotated.ToArray<float>().ShouldBe([0]);
    }

    [Theory]
    [InlineData(DType.Float32, 1e-5)]
    [InlineData(DType.BFloat16, 0.1)]
    public void Padding_does_not_leak_into_windowed_models(DType computeType, double rounding)
    {
        var config = SmallModels.All["mistral, window of 3"];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), DType.Float32, computeType);
        using var scope = new TensorScope();
        var triplet = new Triplet(0, Short, [5, 6]);

        var alone = new PaddedForward().Run(decoder, [triplet]).Annotated.ToArray<float>();
        var padded = new PaddedForward().Run(decoder, [triplet, new Triplet(1, Long, SmallModels.Ids(9))]).Annotated;

        padded.DType.ShouldBe(DType.Float32, "sums are float32 whatever the arithmetic");
        ((double)padded.ToArray<float>()[0]).ShouldBe(alone[0], rounding);
    }

    private static double[] Values(Tensor tensor) => tensor.To(DType.Float64).ToArray<double>();

    private static Dictionary<string, double[]> Gradients(Decoder decoder)
    {
        var result = decoder.Parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.Grad()!.ToArray<double>());
        foreach (var parameter in decoder.Parameters.Values)
        {
            parameter.ClearGrad();
        }

        return result;
    }
}
