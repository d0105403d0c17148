using Shouldly;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.Objectives;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class EndLogProbsTests
{
    [Fact]
    public void Only_responses_that_ended_count()
    {
        using var scope = new TensorScope();
        const int end = 9;
        Triplet[] triplets = [new(0, [1], [2, end], [3, end, 4]), new(1, [1], [5, 6, end], []),
            new(2, [1], [7], [8, end])];
        var annotated = Texts.Of([[-1, -0.5], [-2, -3, -0.25], [-8]]).Texts;
        var synthetic = Texts.Of([[-1, -2, -3], [], [-4, -5]]).Texts;
        var pass = new TripletLogProbs(annotated.Sums, synthetic.Sums, null, 1, 1)
        {
            Responses = new Dictionary<ResponseRole, ResponseLogProbs>
            {
                [ResponseRole.Annotated] = annotated,
                [ResponseRole.Synthetic] = synthetic
            },
        };

        Mean(ResponseRole.Annotated, [end, 99]).ShouldBe(-0.375);
        Mean(ResponseRole.Synthetic, [end]).ShouldBe(-5);
        Mean(ResponseRole.Synthetic, [99]).ShouldBeNull();
        Mean(ResponseRole.Annotated, []).ShouldBeNull();
        Mean(ResponseRole.Rejected, [end]).ShouldBeNull();

        double? Mean(ResponseRole role, int[] ends)
        {
            var gathered = new EndLogProbs(role, ends);
            gathered.Add(triplets, pass);
            gathered.Add(triplets, pass);
            return gathered.Mean;
        }
    }
}
