using Shouldly;
using TSpin.Reports;
using Xunit;

namespace TSpin.Tests.Reports;

public sealed class ScoreGainTests
{
    private static readonly Dictionary<int, bool> None = [];

    [Fact]
    public void Without_answers_the_errors_add_in_squares()
    {
        var gain = ScoreGain.Between(new RecordedScore(0.40, 0.03), new RecordedScore(0.50, 0.04), None, None);
        gain.StandardError.ShouldBe(0.05, 1e-12);
        gain.IsOutsideError.ShouldBeTrue();
        gain.Gained.ShouldBeNull();
        ScoreGain.Between(new RecordedScore(0.40, 0.03), new RecordedScore(0.49, 0.04), None, None).IsOutsideError.ShouldBeFalse();
    }

    [Fact]
    public void With_answers_the_error_is_that_of_the_differences()
    {
        // Ten problems: three became right, one became wrong. Differences: 3 times +1, once -1, 6 times 0; mean 0.2;
        // sum of squared deviations 4 - 10 * 0.04 = 3.6, variance 0.4, standard error sqrt(0.04) = 0.2.
        var before = Enumerable.Range(0, 10).ToDictionary(i => i, i => i < 4);
        var after = Enumerable.Range(0, 10).ToDictionary(i => i, i => i is >= 1 and < 7);
        var gain = ScoreGain.Between(new RecordedScore(0.4, 0.16), new RecordedScore(0.6, 0.16), before, after);
        gain.StandardError.ShouldBe(0.2, 1e-12);
        (gain.Gained, gain.Lost).ShouldBe((3, 1));
        gain.IsOutsideError.ShouldBeFalse();
    }

    [Fact]
    public void Answers_that_do_not_belong_to_the_scores_are_not_used()
    {
        var before = Enumerable.Range(0, 10).ToDictionary(i => i, i => i < 4);
        var other = Enumerable.Range(5, 10).ToDictionary(i => i, _ => true);
        var wrong = Enumerable.Range(0, 10).ToDictionary(i => i, _ => true);
        var (low, high) = (new RecordedScore(0.4, 0.3), new RecordedScore(0.6, 0.4));
        ScoreGain.Between(low, high, before, other).StandardError.ShouldBe(0.5, 1e-12);
        ScoreGain.Between(low, high, before, wrong).StandardError.ShouldBe(0.5, 1e-12);
    }

    [Fact]
    public void Unknown_errors_are_never_called_a_gain() =>
        ScoreGain.Between(new RecordedScore(0, double.NaN), new RecordedScore(1, double.NaN), None, None).IsOutsideError.ShouldBeFalse();
}
