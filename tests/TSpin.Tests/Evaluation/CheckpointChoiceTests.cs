using Shouldly;
using TSpin.Evaluation;
using Xunit;

namespace TSpin.Tests.Evaluation;

public sealed class CheckpointChoiceTests
{
    [Theory]
    [InlineData("0000000000", "1111100000", true)]
    [InlineData("1111100000", "0000000000", false)]
    // One problem more: its own standard error is as large.
    [InlineData("1111100000", "1111110000", false)]
    // Seven gained, five lost.
    [InlineData("111110000000", "000001111111", false)]
    // Two gained and none lost: 0.2 with an error of 0.13.
    [InlineData("1111100000", "1111111000", true)]
    public void Better_is_what_is_better_by_more_than_the_error_of_the_paired_difference(string earlier, string later, bool isBetter)
    {
        var (better, couldNotTell) = new CheckpointChoice().IsBetter(Of(later), Of(earlier));
        better.ShouldBe(isBetter);
        couldNotTell.ShouldBe(!isBetter && later.Count(c => c == '1') >= earlier.Count(c => c == '1'));
    }

    // One problem gained of n is 1/n with an error of 1/n, whatever rounding makes of the two.
    [Fact]
    public void A_single_problem_more_never_counts()
    {
        for (var n = 2; n < 300; n++)
        {
            for (var at = 0; at < n; at += Math.Max(1, n - 1))
            {
                var earlier = new string('1', at) + new string('0', n - at);
                new CheckpointChoice().IsBetter(Of(earlier[..at] + '1' + earlier[(at + 1)..]), Of(earlier)).ShouldBe((false, true), $"{n} problems, {at} right before");
            }
        }
    }

    [Fact]
    public void Where_the_metric_cannot_tell_the_likelier_annotated_answers_do()
    {
        new CheckpointChoice().IsBetter(Of("1100", -1.0), Of("1100", -1.1)).ShouldBe((true, true));
        new CheckpointChoice().IsBetter(Of("1100", -1.1), Of("1100", -1.1)).ShouldBe((false, true));
        new CheckpointChoice().IsBetter(Of("1100", -1.2), Of("1110", -1.1)).ShouldBe((false, true));
        // Asked for by name, it decides alone.
        new CheckpointChoice("validation/nats_per_token").IsBetter(Of("0000", -1.0), Of("1111", -1.1)).ShouldBe((true, true));
        // Without scores there is nothing else.
        var bare = new EvaluationResult("validation", 4, [], [], -0.5, 10, 1);
        new CheckpointChoice().IsBetter((new CheckpointEvaluation([bare]), []), (new CheckpointEvaluation([bare with { AnnotatedLogProbPerToken = -0.6 }]), [])).IsBetter.ShouldBeTrue();
    }

    [Fact]
    public void Without_answers_the_two_errors_count()
    {
        CheckpointEvaluation With(double value, bool higherIsBetter = true) => new([new EvaluationResult(
            "a", 100, [new MetricScore("acc", "none", "", "acc", value, 0.03, 100) { HigherIsBetter = higherIsBetter }], [], null, 0, 1)]);
        new CheckpointChoice().IsBetter((With(0.55), []), (With(0.50), [])).IsBetter.ShouldBeTrue();      // 0.05 > 0.042
        new CheckpointChoice().IsBetter((With(0.54), []), (With(0.50), [])).ShouldBe((false, true));
        new CheckpointChoice("a/acc").IsBetter((With(0.4, higherIsBetter: false), []), (With(0.5, higherIsBetter: false), [])).IsBetter.ShouldBeTrue();
    }

    [Fact]
    public void Validation_comes_first_and_others_are_asked_by_name()
    {
        var evaluation = new CheckpointEvaluation([Of("10").Evaluation.First with { Task = "gsm8k" }, Of("10").Evaluation.First]);
        new CheckpointChoice().NameIn(evaluation).ShouldBe("validation/exact_match,strict-match");
        new CheckpointChoice("gsm8k").NameIn(evaluation).ShouldBe("gsm8k/exact_match,strict-match");
        new CheckpointChoice("gsm8k/exact_match").NameIn(evaluation).ShouldBe("gsm8k/exact_match,strict-match");
        new CheckpointChoice("gsm8k/exact_match,flexible-extract").NameIn(evaluation).ShouldBe("gsm8k/exact_match,flexible-extract");
        Should.Throw<TSpinException>(() => new CheckpointChoice("arc_easy").NameIn(evaluation)).Message.ShouldContain("there is gsm8k, validation");
        Should.Throw<TSpinException>(() => new CheckpointChoice("gsm8k/acc").NameIn(evaluation)).Message.ShouldContain("it has exact_match,strict-match; exact_match,flexible-extract; nats_per_token");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/acc")]
    [InlineData("a/b/c")]
    public void Other_words_are_refused(string words) => CheckpointChoice.FaultOf(words).ShouldNotBeNull().ShouldContain("TASK/METRIC");

    private static (CheckpointEvaluation Evaluation, IReadOnlyList<EvaluatedAnswer> Answers) Of(string verdicts, double logProb = -1)
    {
        EvaluatedAnswer[] answers = [.. verdicts.Select((verdict, i) => new EvaluatedAnswer(
            i, "greedy", "", "", "", new Dictionary<string, double> { ["exact_match,strict-match"] = verdict - '0', ["exact_match,flexible-extract"] = verdict - '0' }, true, 1) { Task = "validation" })];
        return (
            new CheckpointEvaluation([new EvaluationResult(
                "validation", verdicts.Length,
                [MetricScore.Of("exact_match", "strict-match", "greedy", "greedy strict", answers), MetricScore.Of("exact_match", "flexible-extract", "greedy", "greedy flexible", answers)],
                [], logProb, 10, 1)]),
            answers);
    }
}
