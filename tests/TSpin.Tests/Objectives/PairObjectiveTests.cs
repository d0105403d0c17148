using Shouldly;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Objectives;

/// <summary>
/// Losses on y against another response, in float64: values against their equations in plain arithmetic, gradients
/// against differences of those.
/// </summary>
public sealed class PairObjectiveTests
{
    private const double E = 0.1;

    // Two triplets; the second pair is in the wrong order. Lengths differ, as do the reference's preferences.
    private static readonly double[][] Y = [[-0.7, -1.9, -0.2], [-3.1, -0.4]];
    private static readonly double[][] Z = [[-2.2, -0.6], [-0.3, -1.1, -0.8, -0.05]];
    private static readonly double[] RefY = [-3.5, -2.8];
    private static readonly double[] RefZ = [-2.0, -3.9];
    private static readonly double[][] Asked = [[-1.0, -0.5], [-0.2, -2.0, -0.1]];

    // Of a pair: the tokens of y and z, the reference's sums of both, the prompt's tokens.
    private static readonly Dictionary<string, (
        Objective Objective, Func<double[], double[], double, double, double[], double> Plain)> All = new()
        {
            ["space 1"] = (new SpaceObjective(1),
            (y, z, p, q, _) => -Math.Log(Sigma(y.Sum() - p, 1)) - Math.Log(Sigma(-(z.Sum() - q), 1))),
            ["space 3"] = (new SpaceObjective(3),
            (y, z, p, q, _) => -Math.Log(Sigma(y.Sum() - p, 3)) - (3 * Math.Log(Sigma(-(z.Sum() - q), 1 / 3.0)))),
            ["dpo"] = (new DpoObjective(0.7), (y, z, p, q, _) => -Math.Log(Sigma(0.7 * Gap(y, z, p, q)))),
            ["hinge"] = (new HingeObjective(0.7), (y, z, p, q, _) => Math.Max(0, 1 - (0.7 * Gap(y, z, p, q)))),
            ["ipo"] = (new IpoObjective(0.7),
            (y, z, p, q, _) => Math.Pow(y.Average() - (p / y.Length) - (z.Average() - (q / z.Length)) - (1 / 1.4), 2)),
            ["robust"] = (new RobustObjective(0.7, E), (y, z, p, q, _) =>
                ((-(1 - E) * Math.Log(Sigma(0.7 * Gap(y, z, p, q)))) + (E * Math.Log(Sigma(-0.7 * Gap(y, z, p, q))))) / (
                    1 - (2 * E))),
            ["bco"] = (new BcoObjective(0.7),
            (y, z, p, q, _) => -Math.Log(Sigma(0.7 * (y.Sum() - p))) - Math.Log(Sigma(-0.7 * (z.Sum() - q)))),
            ["cpo"] = (new CpoObjective(0.7, 1.5),
            (y, z, _, _, _) => -Math.Log(Sigma(0.7 * (y.Sum() - z.Sum()))) - (1.5 * y.Sum())),
            ["cpo smoothed"] = (new CpoObjective(0.7, 0, E), (y, z, _, _, _) =>
                (-(1 - E) * Math.Log(Sigma(0.7 * (y.Sum() - z.Sum())))) - (
                    E * Math.Log(Sigma(-0.7 * (y.Sum() - z.Sum()))))),
            ["simpo"] = (new SimpoObjective(2.5, 1.375),
            (y, z, _, _, _) => -Math.Log(Sigma((2.5 * (y.Average() - z.Average())) - 1.375))),
            ["orpo"] = (new OrpoObjective(0.7),
            (y, z, _, _, asked) => -(asked.Sum() + y.Sum()) - (
            0.7 * Math.Log(Sigma(LogOdds(y.Average()) - LogOdds(z.Average()))))),
            ["simpo with likelihood"] = (new WithLikelihood(new SimpoObjective(2, 0.5), 0.3), (y, z, _, _, _) =>
                -Math.Log(Sigma((2 * (y.Average() - z.Average())) - 0.5)) - (0.3 * y.Sum())),
        };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Loss_and_gradient_are_those_of_the_equation(string name)
    {
        using var scope = new TensorScope();
        var (objective, plain) = All[name];
        var other = objective is SpaceObjective ? ResponseRole.Synthetic : ResponseRole.Rejected;
        var (asked, prompts) = Texts.Of(Asked);
        var texts = new Texts { Prompts = prompts }.Add(ResponseRole.Annotated, Y).Add(other, Z);
        objective.Responses.ShouldBe([other]);

        var value = objective.Evaluate(
            texts.Policy(), objective.NeedsReference ? texts.Reference(RefY, other, RefZ) : null);

        objective.HasTokenLoss.ShouldBe(value.PerToken is not null);
        var loss = value.PerToken is { } perToken ? value.PerExample + perToken : value.PerExample;
        var expected = Enumerable.Range(0, 2).Select(i => plain(Y[i], Z[i], RefY[i], RefZ[i], Asked[i])).ToArray();
        loss.ToArray<double>().Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
        loss.Sum().Backward();
        Near(texts.Gradient(ResponseRole.Annotated), Y,
            (i, changed) => plain(changed, Z[i], RefY[i], RefZ[i], Asked[i]));
        Near(texts.Gradient(other), Z, (i, changed) => plain(Y[i], changed, RefY[i], RefZ[i], Asked[i]));
        Near(asked.Grad()?.ToArray<double>() ?? new double[5], Asked,
            (i, changed) => plain(Y[i], Z[i], RefY[i], RefZ[i], changed));
        // Rewards are ordered as the loss orders the pairs.
        if (name != "simpo" && !name.StartsWith("space", StringComparison.Ordinal))
        {
            value.RewardAnnotated!.ToArray<double>().Length.ShouldBe(2);
        }
    }

    // A gap of hundreds of nats either way: sigma rounds to 0 or 1, and neither loss nor slope may be lost.
    [Theory]
    [InlineData("space 1", 800)]
    [InlineData("dpo", 800)]
    [InlineData("hinge", 800)]
    [InlineData("robust", 800)]
    [InlineData("bco", 800)]
    [InlineData("cpo smoothed", 800)]
    [InlineData("simpo", 800)]
    [InlineData("orpo", 800)]
    [InlineData("ipo", 800)]
    public void Large_gaps_keep_finite_losses_and_their_slopes(string name, double nats)
    {
        using var scope = new TensorScope();
        var objective = All[name].Objective;
        var other = objective is SpaceObjective ? ResponseRole.Synthetic : ResponseRole.Rejected;
        foreach (var (y, z) in new[] { (-0.5, -0.5 - nats), (-0.5 - nats, -0.5) })
        {
            var texts = new Texts { Prompts = Texts.Of([[-1.0]]).Texts }.Add(ResponseRole.Annotated, [y])
                .Add(other, [z]);

            var value = objective.Evaluate(
                texts.Policy(), objective.NeedsReference ? texts.Reference([-nats / 2], other, [-nats / 2]) : null);
            value.PerExample.Sum().Backward();

            value.PerExample.Item().ShouldBeInRange(-1e3, 1e7);
            var (ofY, ofZ) = (texts.Gradient(ResponseRole.Annotated)[0], texts.Gradient(other)[0]);
            (double.IsFinite(ofY) && double.IsFinite(ofZ)).ShouldBeTrue();
            if (y < z && name != "robust")
            {
                // The wrong order pulls y up and the other down with all the loss has.
                ofY.ShouldBeLessThan(-0.05);
                ofZ.ShouldBeGreaterThan(name == "orpo" ? 0.01 : 0.05);
            }
        }
    }

    [Fact]
    public void A_reward_of_hundreds_of_nats_has_SPACEs_slopes()
    {
        using var scope = new TensorScope();
        var texts = new Texts().Add(ResponseRole.Annotated, [-10.0], [-700.0])
            .Add(ResponseRole.Synthetic, [-900.0], [-20.0]);
        new SpaceObjective(2).Evaluate(
            texts.Policy(), texts.Reference([-400, -400], ResponseRole.Synthetic, [-400, -400])).PerExample.Sum()
            .Backward();

        // -sigma(log 2 - 390) and 2 sigma(-500 - log 2); then -sigma(log 2 + 300) and 2 sigma(380 - log 2).
        texts.Gradient(ResponseRole.Annotated)[0].ShouldBe(-2 * Math.Exp(-390), 1e-10 * Math.Exp(-390));
        texts.Gradient(ResponseRole.Synthetic)[0].ShouldBe(Math.Exp(-500), 1e-10 * Math.Exp(-500));
        texts.Gradient(ResponseRole.Annotated)[1].ShouldBe(-1, 1e-12);
        texts.Gradient(ResponseRole.Synthetic)[1].ShouldBe(2, 1e-12);
    }

    [Fact]
    public void SPIN_is_DPO_and_SPACE_at_mu_1_is_BCO_at_beta_1_with_the_synthetic_response_rejected()
    {
        using var scope = new TensorScope();
        var pairs = new Texts().Add(ResponseRole.Annotated, Y).Add(ResponseRole.Rejected, Z);
        var played = new Texts().Add(ResponseRole.Annotated, Y).Add(ResponseRole.Synthetic, Z);
        var (asPairs, asPlayed) = (pairs.Reference(RefY, ResponseRole.Rejected, RefZ),
            played.Reference(RefY, ResponseRole.Synthetic, RefZ));

        Same(new SpinObjective(0.7, Link.Logistic).Evaluate(played.Policy(), asPlayed),
            new DpoObjective(0.7).Evaluate(pairs.Policy(), asPairs));
        Same(new SpaceObjective(1).Evaluate(played.Policy(), asPlayed),
            new BcoObjective(1).Evaluate(pairs.Policy(), asPairs));
        Same(new RobustObjective(0.7, 0).Evaluate(pairs.Policy(), asPairs),
            new DpoObjective(0.7).Evaluate(pairs.Policy(), asPairs));

        static void Same(ObjectiveValue one, ObjectiveValue other) =>
            one.PerExample.ToArray<double>().Zip(other.PerExample.ToArray<double>())
            .ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-14);
    }

    // 1 - e^m loses half of its digits at m = -1e-8 where it is computed as it stands.
    [Theory]
    [InlineData(-1e-12)]
    [InlineData(-1e-8)]
    [InlineData(-0.3)]
    [InlineData(-0.5)]
    [InlineData(-0.7)]
    [InlineData(-5)]
    [InlineData(-50)]
    [InlineData(-800)]
    public void The_logarithm_of_1_minus_p_does_not_cancel(double m)
    {
        using var scope = new TensorScope();
        var x = Tensor.From([m]);
        x.RequiresGrad = true;
        var log = x.LogOneMinusExp();
        log.Sum().Backward();

        // By its series: 1 - e^m = -m (1 + m/2 + m^2/6 + ...).
        var expected = m > -1e-3 ? Math.Log(-m) + (m / 2) : Math.Log(1 - Math.Exp(m));
        var slope = m > -1e-3 ? (1 / m) + 0.5 : -Math.Exp(m) / (1 - Math.Exp(m));
        log.Item().ShouldBe(expected, (1e-12 * Math.Abs(expected)) + 1e-16);
        x.Grad()!.Item().ShouldBe(slope, (1e-10 * Math.Abs(slope)) + 1e-300);
    }

    [Fact]
    public void A_probability_of_1_costs_46_nats_and_has_no_slope()
    {
        using var scope = new TensorScope();
        var texts = new Texts { Prompts = Texts.Of([[-1.0]]).Texts }.Add(ResponseRole.Annotated, [0.0])
            .Add(ResponseRole.Rejected, [-0.0, 0]);
        var value = new OrpoObjective(1).Evaluate(texts.Policy());
        value.PerExample.Sum().Backward();

        value.PerExample.Item().ShouldBe(Math.Log(2), 1e-12);
        texts.Gradient(ResponseRole.Rejected).ShouldAllBe(slope => double.IsFinite(slope));
        Tensor.From([0.0]).LogOneMinusExp().Item().ShouldBe(Math.Log(1e-20), 1e-9);
    }

    [Fact]
    public void ORPOs_likelihood_is_divided_by_prompt_and_response_tokens_and_CPOs_by_the_responses()
    {
        var triplet = new Triplet(0, [1, 2, 3, 4], [5, 6]) { Rejected = [7] };
        new OrpoObjective(1).TokensOf(triplet).ShouldBe(5);
        new CpoObjective(1, 1).TokensOf(triplet).ShouldBe(2);
        new OrpoObjective(1).NeedsPrompts.ShouldBeTrue();
    }

    [Fact]
    public void A_missing_response_or_reference_is_named()
    {
        using var scope = new TensorScope();
        var texts = new Texts().Add(ResponseRole.Annotated, Y).Add(ResponseRole.Rejected, Z);
        Should.Throw<ArgumentException>(() => new DpoObjective(1).Evaluate(texts.Policy()))
            .Message.ShouldContain("dpo needs reference log-probabilities");
        Should.Throw<ArgumentException>(
            () => new CpoObjective(1, 1).Evaluate(new Texts().Add(ResponseRole.Annotated, Y).Policy()))
            .Message.ShouldContain("cpo needs rejected responses");
        Should.Throw<ArgumentException>(
            () => new SpaceObjective(1).Evaluate(texts.Policy(), texts.Reference(RefY, ResponseRole.Rejected, RefZ)))
            .Message.ShouldContain("synthetic");
    }

    private static double Sigma(double x, double mu = 1) => 1 / (1 + (mu * Math.Exp(-x)));

    private static double Gap(double[] y, double[] z, double p, double q) => y.Sum() - p - (z.Sum() - q);

    private static double LogOdds(double mean) => mean - Math.Log(1 - Math.Exp(mean));

    // Central differences of the plain equation, token by token.
    private static void Near(double[] gradient, double[][] texts, Func<int, double[], double> plain)
    {
        const double h = 1e-6;
        var next = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            for (var token = 0; token < texts[i].Length; token++)
            {
                var slope = (Moved(h) - Moved(-h)) / (2 * h);
                gradient[next++].ShouldBe(slope, 1e-8 * Math.Max(1, Math.Abs(slope)));

                double Moved(double by)
                {
                    var changed = texts[i].ToArray();
                    changed[token] += by;
                    return plain(i, changed);
                }
            }
        }
    }
}
