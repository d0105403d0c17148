using Shouldly;
using TSpin.Objectives;
using TSpin.Optimization;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class TrainingAlarmsTests
{
    [Fact]
    public void A_healthy_run_is_silent()
    {
        var alarms = new TrainingAlarms();
        for (var step = 1; step <= 50; step++)
        {
            // The batches' own means swing from 106 to 290: that is no growth, and not for single steps to judge.
            alarms.Look(Metrics(1, step, current: 3, historical: 1, saturated: 0.3, tokens: step % 2 == 0 ? 106 : 290), 1).ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("historical-advantage-negative", 1.0, -0.5, 0.1, 40)]
    [InlineData("current-advantage-large", 9.0, 1.0, 0.1, 40)]
    [InlineData("saturation", 3.0, 1.0, 1.0, 40)]
    public void Each_sign_of_collapse_is_named_once_an_iteration(string name, double current, double historical, double saturated, double tokens)
    {
        var alarms = new TrainingAlarms();
        alarms.Look(Metrics(0, 1, 1, 0, 0, 40), 1);

        var raised = Enumerable.Range(1, 20).SelectMany(step => alarms.Look(Metrics(1, step, current, historical, saturated, tokens), 1)).ToArray();

        var alarm = raised.ShouldHaveSingleItem();
        alarm.Name.ShouldBe(name);
        alarm.Step.ShouldBe(5, "not before the means have settled");
        alarm.Message.ShouldNotBeEmpty();
        Enumerable.Range(1, 20).SelectMany(step => alarms.Look(Metrics(2, step, current, historical, saturated, tokens), 1)).ToArray().ShouldHaveSingleItem().Iteration.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_end_that_grows_unlikely_is_named_also_without_rewards(bool hasRewards)
    {
        var alarms = new TrainingAlarms();
        Enumerable.Range(1, 20).SelectMany(step => alarms.Look(Look(0, step, -0.5 - (step / 50.0)), 1))
            .ShouldBeEmpty("a nat is not lost yet");

        var alarm = Enumerable.Range(1, 20).SelectMany(step => alarms.Look(Look(1, step, -1.7), 1)).ToArray()
            .ShouldHaveSingleItem();

        (alarm.Name, alarm.Step).ShouldBe(("end-unlikely", 5));
        alarm.Message.ShouldContain("-1.70 nats, -0.56 in the run's first steps");
        alarm.Message.ShouldContain("objective.sft_weight");

        StepMetrics Look(int iteration, int step, double end)
        {
            var metrics = Metrics(iteration, step, current: 3, historical: 1, saturated: 0.3,
                tokens: 40) with
            { EndLogProbAnnotated = end };
            return hasRewards ? metrics : metrics with { RewardGap = null };
        }
    }

    [Theory]
    [InlineData("alpha", "Lower objective.alpha (0.1 suits sums over short answers).")]
    [InlineData("preference_beta", "Lower objective.preference_beta.")]
    [InlineData(null, "Lower training.learning_rate.")]
    public void The_cure_names_a_key_that_the_method_reads(string? key, string cure)
    {
        var alarms = new TrainingAlarms();
        Enumerable.Range(1, 20).SelectMany(step => alarms.Look(Metrics(1, step, 3, 1, 1, 40), 1, scaleKey: key))
            .ToArray().ShouldHaveSingleItem().Message.ShouldEndWith(cure);
    }

    [Fact]
    public void Advantages_are_judged_as_the_link_sees_them()
    {
        // u = 30 nats with alpha 0.1 is a gap of 3; with alpha 1 it would be far past the limit.
        var scaled = new TrainingAlarms();
        Enumerable.Range(1, 20).SelectMany(step => scaled.Look(Metrics(1, step, 30, 1, 0.1, 40) with { RewardGap = 3 }, 0.1)).ShouldBeEmpty();

        // SPIN's likelihood gap says nothing: what its link sees is the gain over the reference.
        var spin = new TrainingAlarms();
        Enumerable.Range(1, 20).SelectMany(step => spin.Look(Metrics(1, step, -200, 0, 0.1, 40) with { RewardGap = 9, HistoricalAdvantage = null }, 0.1))
            .ToArray().ShouldHaveSingleItem().Name.ShouldBe("current-advantage-large");
    }

    [Fact]
    public void Under_means_the_historical_advantage_counts_per_token()
    {
        // Two nats of a sum over forty tokens are nothing; two tenths of a nat per token are much.
        static StepMetrics Look(int step, double perToken) => Metrics(1, step, 3, 40 * perToken, 0.1, 40) with { LogProbPerTokenSynthetic = perToken - 1, LogProbPerTokenProtoSynthetic = -1 };
        var quiet = new TrainingAlarms();
        Enumerable.Range(1, 20).SelectMany(step => quiet.Look(Look(step, -0.05), 1, LogProbReduction.Mean)).ShouldBeEmpty();
        var loud = new TrainingAlarms();
        Enumerable.Range(1, 20).SelectMany(step => loud.Look(Look(step, -0.2), 1, LogProbReduction.Mean)).ToArray().ShouldHaveSingleItem().Message.ShouldContain("nats per token");
    }

    [Fact]
    public void Iteration_0_has_no_history_and_SFT_no_advantages()
    {
        var alarms = new TrainingAlarms();
        Enumerable.Range(1, 20).SelectMany(step => alarms.Look(Metrics(0, step, 1, -5, 0.1, 40), 1)).ShouldBeEmpty();
        Enumerable.Range(1, 20).SelectMany(step => alarms.Look(Metrics(1, step, 1, -5, 1, 40) with { CurrentAdvantage = null, RewardGap = null }, 1)).ShouldBeEmpty();
    }

    private static StepMetrics Metrics(int iteration, int step, double current, double historical, double saturated, double tokens) => new()
    {
        Iteration = iteration,
        Step = step,
        Steps = 50,
        Epoch = 0,
        LearningRate = 1e-6,
        Loss = 1,
        CurrentAdvantage = current,
        RewardGap = current,
        HistoricalAdvantage = historical,
        SaturatedShare = saturated,
        TokensSynthetic = tokens,
        LogProbAnnotated = -50,
        LogProbPerTokenAnnotated = -1,
        GradientNorm = 1,
        TokensAnnotated = 50,
        TokensPerSecond = 1,
        Seconds = 1,
        PeakMemoryBytes = 1,
    };
}
