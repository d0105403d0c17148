using Shouldly;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Scoring;

/// <summary>The packed layout against the padded one: log-probabilities and gradients.</summary>
public sealed class PackedForwardTests
{
    private static readonly int[] Short = SmallModels.Ids(1, 1);
    private static readonly int[] Long = SmallModels.Ids(7, 2);

    // Prompts and responses of one token, equal responses, an empty one, and a prompt that two triplets have.
    private static readonly Triplet[] Triplets =
    [
        new(0, Short, SmallModels.Ids(1, 3), SmallModels.Ids(6, 4), SmallModels.Ids(3, 5)),
        new(1, Long, SmallModels.Ids(5, 6), SmallModels.Ids(5, 6), SmallModels.Ids(1, 8)),
        new(2, Long, SmallModels.Ids(9, 9), SmallModels.Ids(4, 10), SmallModels.Ids(4, 10)),
        new(3, SmallModels.Ids(4, 11), [5], [], [5]),
    ];

    public static TheoryData<string, DType, double> Models
    {
        get
        {
            var data = new TheoryData<string, DType, double>();
            foreach (var name in SmallModels.All.Keys)
            {
                data.Add(name, DType.Float64, 1e-12);
                data.Add(name, DType.Float32, 1e-5);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Equals_padded_rows(string model, DType type, double tolerance)
    {
        var config = SmallModels.All[model];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), type);
        using var scope = new TensorScope();
        decoder.Training.RequireGradients(true);

        var (expectedSums, expectedGradients) = Run(new PaddedForward());
        var (sums, gradients) = Run(new PackedForward());

        Difference(sums, expectedSums).ShouldBeLessThan(tolerance);
        foreach (var (name, values) in gradients)
        {
            Difference(values, expectedGradients[name]).ShouldBeLessThan(tolerance, name);
        }

        (double[] Sums, Dictionary<string, double[]> Gradients) Run(ITripletForward forward)
        {
            var result = forward.Run(decoder, Triplets);
            (result.Annotated.Sum() + (result.Synthetic!.Sum() * 2) - (result.ProtoSynthetic!.Sum() * 0.5)).Backward();
            var gradients = decoder.Parameters.ToDictionary(parameter => parameter.Key, parameter => Values(parameter.Value.Grad()!));
            foreach (var parameter in decoder.Parameters.Values)
            {
                parameter.ClearGrad();
            }

            return ([.. Values(result.Annotated), .. Values(result.Synthetic!), .. Values(result.ProtoSynthetic!)], gradients);
        }
    }

    [Fact]
    public void Every_token_is_computed_once_and_counted_as_the_padded_rows_count()
    {
        using var decoder = SmallModels.Decoder();
        using var scope = new TensorScope();
        using var off = GradMode.Off();

        var packed = new PackedForward().Run(decoder, Triplets);

        packed.ComputedTokens.ShouldBe(1 + 1 + 6 + 3 + 7 + 5 + 1 + 7 + 9 + 4 + 4 + 1);
        packed.UsefulTokens.ShouldBe(new PaddedForward().Run(decoder, Triplets).UsefulTokens);
        packed.Synthetic!.ToArray<float>()[3].ShouldBe(0, "an empty response has probability one");
    }

    [Fact]
    public void Responses_that_a_method_does_not_need_are_not_computed()
    {
        using var decoder = SmallModels.Decoder();
        using var scope = new TensorScope();

        var sums = new PackedForward().Run(decoder, [new Triplet(0, Long, [5])]);

        sums.Synthetic.ShouldBeNull();
        sums.ProtoSynthetic.ShouldBeNull();
        new PackedForward().Run(decoder, [new Triplet(0, Long, [])]).Annotated.ToArray<float>().ShouldBe([0]);
    }

    [Fact]
    public void Sums_are_float32_whatever_the_arithmetic()
    {
        var config = SmallModels.All["mistral, window of 3"];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), DType.Float32, DType.BFloat16);
        using var exact = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var scope = new TensorScope();

        var sums = new PackedForward().Run(decoder, Triplets).Annotated;

        sums.DType.ShouldBe(DType.Float32);
        Values(sums).ShouldBe(Values(new PaddedForward().Run(exact, Triplets).Annotated), 0.5);
    }

    private static double Difference(double[] actual, double[] expected) =>
        actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max() / Math.Max(1, expected.Max(Math.Abs));

    private static double[] Values(Tensor tensor) => tensor.Detach().To(DType.Float64).ToArray<double>();
}
