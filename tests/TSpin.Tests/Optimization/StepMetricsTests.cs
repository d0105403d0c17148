using Shouldly;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.Models;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class StepMetricsTests
{
    private static readonly Triplet[] Triplets =
    [
        new(0, [3], [4, 5, 6], [7], [8, 9]),
        new(1, [3], [4, 5], [7], [8, 9, 10, 11]),
    ];

    [Fact]
    public void SPINs_misaligned_triplets_are_seen()
    {
        // Rewards 2 x (4, 1) and 2 x (0, 0): the first has the higher reward for y, by 6, but the lower likelihood, by 2.
        var (metrics, perTriplet) = Step(
            new SpinObjective(2, Link.Logistic), new FixedForward((-10, -8, null), (-5, -9, null)),
            [new ReferenceLogProbs(-14, -9, null), new ReferenceLogProbs(-5, -9, null)], microBatch: 1);

        metrics.Loss.ShouldBe((Math.Log(1 + Math.Exp(-6)) + Math.Log(2)) / 2, 1e-12);
        metrics.CurrentTerm.ShouldBe(metrics.Loss);
        metrics.HistoricalTerm.ShouldBeNull();
        metrics.MisalignedShare.ShouldBe(0.5);
        metrics.SaturatedShare.ShouldBe(0.5);
        metrics.CurrentAdvantage.ShouldBe(1);
        metrics.HistoricalAdvantage.ShouldBeNull();
        (metrics.RewardAnnotated, metrics.RewardSynthetic, metrics.RewardGap).ShouldBe((4, 1, 3));
        (metrics.LogProbAnnotated, metrics.LogProbSynthetic, metrics.LogProbProtoSynthetic).ShouldBe((-7.5, -8.5, null));
        (metrics.LogProbPerTokenAnnotated, metrics.LogProbPerTokenSynthetic, metrics.LogProbPerTokenProtoSynthetic).ShouldBe((-3, -8.5, null));
        (metrics.TokensAnnotated, metrics.TokensSynthetic).ShouldBe((2.5, 1));
        metrics.GradientNorm.ShouldBe(0);
        metrics.LearningRate.ShouldBe(1e-3);
        (metrics.Iteration, metrics.Epoch, metrics.Step, metrics.Steps).ShouldBe((2, 1, 7, 9));
        metrics.TokensPerSecond.ShouldBe(120 / metrics.Seconds, 0.01);
        metrics.PeakMemoryBytes.ShouldBeGreaterThan(1_000_000);
        perTriplet[0].ShouldBe(new TripletMetrics(7, 0, -10, -8, null, 6, -2));
        perTriplet[1].ShouldBe(new TripletMetrics(7, 1, -5, -9, null, 0, 4));
    }

    [Fact]
    public void T_SPINs_two_advantages_and_terms_are_means_over_the_step()
    {
        var (metrics, perTriplet) = Step(new TSpinObjective(0.5, 0.1, Link.Logistic), new FixedForward((-10, -8, -6), (-5, -9, -10)), null, microBatch: 2);

        // u = -2, 4; v = -2, 1.
        metrics.CurrentAdvantage.ShouldBe(1);
        metrics.HistoricalAdvantage.ShouldBe(-0.5);
        metrics.CurrentTerm!.Value.ShouldBe((L(-1) + L(2)) / 2, 1e-12);
        metrics.HistoricalTerm!.Value.ShouldBe((L(-1) + L(0.5)) / 2, 1e-12);
        metrics.Loss.ShouldBe(metrics.CurrentTerm.Value + (0.1 * metrics.HistoricalTerm.Value), 1e-12);
        metrics.MisalignedShare.ShouldBe(0, "without a reference the reward is the likelihood, so they never disagree");
        metrics.SaturatedShare.ShouldBe(0);
        (metrics.LogProbPerTokenProtoSynthetic, metrics.TokensProtoSynthetic).ShouldBe((-16.0 / 6, 3));
        perTriplet[0].ShouldBe(new TripletMetrics(7, 0, -10, -8, -6, -1, -2));

        static double L(double x) => Math.Log(1 + Math.Exp(-x));
    }

    [Fact]
    public void Means_of_token_log_probabilities_divide_by_each_responses_own_length()
    {
        Triplet[] triplets = [new(0, [3], [4, 5], [7, 8, 9, 10], [8])];
        using var policy = SmallModels.Decoder();
        policy.Training.RequireGradients(true);
        using var optimizer = new RmsProp(policy.Parameters);
        var trainer = new Trainer(policy, new TSpinObjective(1, 0.5, Link.Logistic), optimizer, LogProbReduction.Mean, 4, null, new FixedForward((-6, -8, -1)));

        var metrics = trainer.Step(triplets, null, 1e-3, new StepPlace(0, 0, 1, 1)).Metrics;

        // Means -3, -2, -1: both advantages are -1.
        metrics.Loss.ShouldBe(1.5 * Math.Log(1 + Math.E), 1e-12);
        metrics.RewardGap.ShouldBe(-1);
        metrics.LogProbAnnotated.ShouldBe(-6, "logged as the sum in any case");
    }

    [Fact]
    public void SFT_divides_by_response_tokens_and_has_no_rewards()
    {
        var (metrics, perTriplet) = Step(new SftObjective(), new FixedForward((-10, null, null), (-5, null, null)), null, microBatch: 1);

        metrics.Loss.ShouldBe(3, 1e-12);
        metrics.LogProbPerTokenAnnotated.ShouldBe(-3);
        (metrics.CurrentAdvantage, metrics.SaturatedShare, metrics.MisalignedShare, metrics.RewardGap).ShouldBe((null, null, null, null));
        perTriplet[0].ShouldBe(new TripletMetrics(7, 0, -10, null, null, null, null));
    }

    private static (StepMetrics Metrics, IReadOnlyList<TripletMetrics> Triplets) Step(Objective objective, ITripletForward forward, ReferenceLogProbs[]? reference, int microBatch)
    {
        using var policy = SmallModels.Decoder();
        policy.Training.RequireGradients(true);
        using var optimizer = new RmsProp(policy.Parameters);
        return new Trainer(policy, objective, optimizer, LogProbReduction.Sum, microBatch, 1, forward).Step(Triplets, reference, 1e-3, new StepPlace(2, 1, 7, 9));
    }
}
