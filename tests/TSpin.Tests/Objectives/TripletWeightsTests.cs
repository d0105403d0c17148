using Shouldly;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Objectives;

/// <summary>What single triplets still contribute, against plain arithmetic in float64.</summary>
public sealed class TripletWeightsTests
{
    private static readonly Triplet Different = new(0, [1], [2, 3], [4, 5, 6], [7]);

    [Theory]
    [InlineData(-40.0, -43.0, -44.0)]
    [InlineData(-10.0, -60.0, -20.0)]
    [InlineData(-90.0, -10.0, -700.0)]
    public void Of_T_SPIN_it_is_the_largest_slope_of_equation_7(double y, double synthetic, double proto)
    {
        const double alpha = 0.3, beta = 0.4;
        var (current, historical) = (Sigmoid(-alpha * (y - synthetic)), beta * Sigmoid(-alpha * (synthetic - proto)));
        var expected = alpha * new[] { current, Math.Abs(current - historical), historical }.Max();
        Of(new TSpinObjective(alpha, beta, Link.Logistic), Different, new(y, synthetic, proto)).ShouldBe(expected, 1e-12);

        // With means each log-probability is over its own tokens.
        var mean = TripletWeights.Of(new TSpinObjective(alpha, beta, Link.Logistic), LogProbReduction.Mean, [Different], [new(2 * y, 3 * synthetic, proto)], null);
        mean.ShouldHaveSingleItem().ShouldBe(expected, 1e-12);
    }

    [Fact]
    public void It_is_the_slope_by_finite_differences()
    {
        var objective = new TSpinObjective(0.5, 0.2, Link.Exponential);
        var (y, synthetic, proto, step) = (-3.0, -4.5, -4.0, 1e-5);
        double[] slopes = [.. new[] { (1, 0, 0), (0, 1, 0), (0, 0, 1) }.Select(way => Math.Abs(
            Loss(y + (way.Item1 * step), synthetic + (way.Item2 * step), proto + (way.Item3 * step))
            - Loss(y - (way.Item1 * step), synthetic - (way.Item2 * step), proto - (way.Item3 * step))) / (2 * step))];
        Of(objective, Different, new(y, synthetic, proto)).ShouldBe(slopes.Max(), 1e-8);

        double Loss(double a, double b, double c)
        {
            using var scope = new TensorScope();
            return objective.Evaluate(new SequenceLogProbs(Tensor.From([a]), Tensor.From([b]), Tensor.From([c]))).PerExample.Item();
        }
    }

    [Fact]
    public void What_cancels_counts_as_nothing()
    {
        var objective = new TSpinObjective(1, 0.1, Link.Logistic);
        // y' is y: the first term is constant, and the history speaks for y against y0.
        Of(objective, Different with { Synthetic = [2, 3] }, new(-5, -5, -9)).ShouldBe(0.1 * Sigmoid(-4), 1e-12);
        Of(objective, Different with { Synthetic = [2, 3], ProtoSynthetic = [2, 3] }, new(-5, -5, -5)).ShouldBe(0, 1e-15);
        // y' is y0: the second term is constant.
        Of(objective, Different with { ProtoSynthetic = [4, 5, 6] }, new(-5, -7, -7)).ShouldBe(Sigmoid(-2), 1e-12);
        TripletWeights.Of(objective, LogProbReduction.Sum, [], [], null).ShouldBeEmpty();
    }

    [Fact]
    public void A_reference_shifts_what_is_compared()
    {
        var spin = TripletWeights.Of(new SpinObjective(0.1, Link.Logistic), LogProbReduction.Sum, [Different, Different], [new(-20, -60, null), new(-20, -60, null)],
            [new(-50, -30, null), new(-20, -60, null)]);
        spin[0].ShouldBe(0.1 * Sigmoid(-0.1 * 60), 1e-12);
        spin[1].ShouldBe(0.05, 1e-12);
        TripletWeights.Of(new SpaceObjective(1), LogProbReduction.Sum, [Different], [new(-20, -60, null)], [new(-30, -55, null)]).ShouldHaveSingleItem()
            .ShouldBe(Math.Max(Sigmoid(-10), Sigmoid(-5)), 1e-12);
    }

    [Fact]
    public void It_fits_objectives_of_whole_responses()
    {
        foreach (var method in new[] { Methods.TSpin, Methods.TSpinRef, Methods.TSpinNoHistory, Methods.Spin, Methods.Space })
        {
            TripletWeights.Fits(method.Create(new ObjectiveSettings(), 1)).ShouldBeTrue(method.Name);
        }

        foreach (var method in new[] { Methods.Sft, Methods.Dft, Methods.Asft, Methods.Unlikelihood })
        {
            TripletWeights.Fits(method.Create(new ObjectiveSettings(), 1)).ShouldBeFalse(method.Name);
        }
    }

    private static double Of(Objective objective, Triplet triplet, ReferenceLogProbs sums) =>
        TripletWeights.Of(objective, LogProbReduction.Sum, [triplet], [sums], null).ShouldHaveSingleItem();

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
