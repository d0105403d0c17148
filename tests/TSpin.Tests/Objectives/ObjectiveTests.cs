using Shouldly;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Objectives;

public sealed class ObjectiveTests
{
    [Fact]
    public void T_SPIN_is_equation_7()
    {
        // u = 2 and v = -1 with alpha 0.5: log(1 + exp(-1)) = 0.31326168751822286, log(1 + exp(0.5)) = 0.9740769841801067.
        using var scope = new TensorScope();
        var value = new TSpinObjective(0.5, 0.2, Link.Logistic).Evaluate(Probs([-4], [-6], [-5]));

        value.CurrentTerm!.Item().ShouldBe(0.31326168751822286, 1e-15);
        value.HistoricalTerm!.Item().ShouldBe(0.9740769841801067, 1e-15);
        value.PerExample.Item().ShouldBe(0.31326168751822286 + (0.2 * 0.9740769841801067), 1e-15);
        value.RewardAnnotated!.Item().ShouldBe(-2);
        value.RewardSynthetic!.Item().ShouldBe(-3);
    }

    [Fact]
    public void The_exponential_link_is_exp_of_minus_x()
    {
        // exp(-1) = 0.36787944117144233, exp(0.5) = 1.6487212707001282.
        using var scope = new TensorScope();
        new TSpinObjective(0.5, 0.2, Link.Exponential).Evaluate(Probs([-4], [-6], [-5])).PerExample.Item()
            .ShouldBe(0.36787944117144233 + (0.2 * 1.6487212707001282), 1e-15);
    }

    [Fact]
    public void SPIN_compares_gains_over_the_reference()
    {
        // Gains 3 and -1 with lambda 0.25: log(1 + exp(-1)).
        using var scope = new TensorScope();
        var value = new SpinObjective(0.25, Link.Logistic).Evaluate(Probs([-4], [-6]), Probs([-7], [-5]));

        value.PerExample.Item().ShouldBe(0.31326168751822286, 1e-15);
        value.RewardAnnotated!.Item().ShouldBe(0.75);
        value.RewardSynthetic!.Item().ShouldBe(-0.25);
        value.HistoricalTerm.ShouldBeNull();
    }

    [Fact]
    public void T_SPIN_ref_measures_confidence_from_the_reference()
    {
        using var scope = new TensorScope();
        var anchored = new TSpinObjective(0.5, 0.2, Link.Logistic, reference: true).Evaluate(Probs([-4], [-6], [-5]), Probs([-3], [-2], [-1]));
        var plain = new TSpinObjective(0.5, 0.2, Link.Logistic).Evaluate(Probs([-1], [-4], [-4]));

        anchored.PerExample.Item().ShouldBe(plain.PerExample.Item(), 1e-15);
        anchored.RewardAnnotated!.Item().ShouldBe(-0.5);
    }

    [Fact]
    public void SFT_is_the_negative_log_probability()
    {
        using var scope = new TensorScope();
        var objective = new SftObjective();
        objective.Evaluate(new SequenceLogProbs(Tensor.From([-4.0, -2.5]))).PerExample.ToArray<double>().ShouldBe([4, 2.5]);
        objective.DividesByTokens.ShouldBeTrue();
        objective.Responses.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Link.Logistic, 1.0, 0.1)]
    [InlineData(Link.Logistic, 0.02, 2.0)]
    [InlineData(Link.Exponential, 0.3, 0.5)]
    [InlineData(Link.Exponential, 0.01, 0.0)]
    public void The_gradient_is_theorem_1(Link link, double alpha, double beta)
    {
        using var scope = new TensorScope();
        double[] y = [-40, -3, -120, -7];
        double[] synthetic = [-41, -9, -100, -7];
        double[] proto = [-38, -2, -130, -7];
        var policy = Probs(y, synthetic, proto);
        policy.Annotated.RequiresGrad = policy.Synthetic!.RequiresGrad = policy.ProtoSynthetic!.RequiresGrad = true;

        new TSpinObjective(alpha, beta, link).Evaluate(policy).PerExample.Sum().Backward();

        for (var i = 0; i < y.Length; i++)
        {
            var current = alpha * Slope(alpha * (y[i] - synthetic[i]));
            var historical = beta * alpha * Slope(alpha * (synthetic[i] - proto[i]));
            policy.Annotated.Grad()!.ToArray<double>()[i].ShouldBe(current, 1e-12 * Math.Abs(current));
            policy.Synthetic!.Grad()!.ToArray<double>()[i].ShouldBe(historical - current, 1e-12 * Math.Max(Math.Abs(current), Math.Abs(historical)));
            (policy.ProtoSynthetic!.Grad()?.ToArray<double>()[i] ?? 0).ShouldBe(-historical, (1e-12 * Math.Abs(historical)) + double.Epsilon);
        }

        double Slope(double x) => link == Link.Logistic ? -1 / (1 + Math.Exp(x)) : -Math.Exp(-x);
    }

    [Theory]
    [InlineData(500, 7.124576406741286e-218, -7.124576406741286e-218)]
    [InlineData(-500, 500, -1)]
    public void Saturated_triplets_have_exact_losses_and_gradients(double gap, double loss, double gradient)
    {
        using var scope = new TensorScope();
        var policy = Probs([gap - 600], [-600.0], [-600.0]);
        policy.Annotated.RequiresGrad = true;

        var value = new TSpinObjective(1, 0.1, Link.Logistic).Evaluate(policy).CurrentTerm!;
        value.Sum().Backward();

        value.Item().ShouldBe(loss, 1e-10 * loss);
        policy.Annotated.Grad()!.Item().ShouldBe(gradient, 1e-10 * Math.Abs(gradient));
    }

    [Fact]
    public void Without_beta_an_overflowing_historical_term_is_reported_but_not_trained_on()
    {
        using var scope = new TensorScope();
        var policy = Probs([-10], [-2000], [-1]);
        policy.Synthetic!.RequiresGrad = true;

        var value = new TSpinObjective(1, 0, Link.Exponential).Evaluate(policy);
        value.PerExample.Sum().Backward();

        value.HistoricalTerm!.Item().ShouldBe(double.PositiveInfinity);
        double.IsFinite(value.PerExample.Item()).ShouldBeTrue();
        double.IsFinite(policy.Synthetic!.Grad()!.Item()).ShouldBeTrue();
    }

    [Fact]
    public void The_first_iteration_has_no_history_and_the_names_say_what_runs()
    {
        var settings = new ObjectiveSettings();
        var first = Methods.TSpin.Create(settings, 0);
        var second = Methods.TSpin.Create(settings, 1);

        first.Responses.ShouldBe([ResponseRole.Synthetic]);
        second.Responses.ShouldBe([ResponseRole.Synthetic, ResponseRole.ProtoSynthetic]);
        second.Name.ShouldBe("tspin");
        Methods.TSpinNoHistory.Create(settings, 3).Responses.ShouldBe([ResponseRole.Synthetic]);
        (Methods.TSpinRef.Create(settings, 1).NeedsReference, Methods.Spin.Create(settings, 1).NeedsReference).ShouldBe((true, true));
        Methods.Sft.Create(settings, 1).Name.ShouldBe("sft");
    }

    [Fact]
    public void A_missing_input_is_named()
    {
        using var scope = new TensorScope();
        Should.Throw<ArgumentException>(() => new TSpinObjective(1, 0.1, Link.Logistic).Evaluate(Probs([-1], [-2]))).Message.ShouldContain("proto-synthetic");
        Should.Throw<ArgumentException>(() => new TSpinObjective(1, 0.1, Link.Logistic).Evaluate(Probs([-1]))).Message.ShouldContain("synthetic");
        Should.Throw<ArgumentException>(() => new SpinObjective(1, Link.Logistic).Evaluate(Probs([-1], [-2]))).Message.ShouldContain("reference");
        Should.Throw<ArgumentException>(() => new TSpinObjective(1, 0.1, Link.Logistic, reference: true).Evaluate(Probs([-1], [-2], [-3]))).Message.ShouldContain("reference");
    }

    private static SequenceLogProbs Probs(double[] y, double[]? synthetic = null, double[]? proto = null) =>
        new(Tensor.From(y), synthetic is null ? null : Tensor.From(synthetic), proto is null ? null : Tensor.From(proto));
}
