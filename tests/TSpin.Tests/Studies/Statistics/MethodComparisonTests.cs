using Shouldly;
using TSpin.Studies.Statistics;
using Xunit;

namespace TSpin.Tests.Studies.Statistics;

/// <summary>What a comparison says in words.</summary>
public sealed class MethodComparisonTests
{
    [Fact]
    public void A_found_difference_names_the_better_one_with_its_interval()
    {
        Of(0.042, 0.011, 0.07).Sentence.ShouldBe("tspin is better than sft by 4.2 points [1.1, 7.0]");
        Of(-0.042, -0.07, -0.011).Sentence.ShouldBe("sft is better than tspin by 4.2 points [1.1, 7.0]");
        (Of(-0.042, -0.07, -0.011) with { HigherIsBetter = false, IsShare = false }).Sentence.ShouldBe("tspin is better than sft by 0.042 [0.011, 0.070]");
    }

    [Fact]
    public void A_difference_that_is_not_found_says_how_many_seeds_would_tell()
    {
        var variance = new CrossedVariance(5, 200, 0.004, 0.001, 0.1);
        Of(0.02, -0.04, 0.08, variance).Sentence.ShouldBe(
            $"no difference found between sft and tspin (+2.0 points [-4.0, +8.0]); about {variance.SeedsToTell(0.02):N0} seeds more would tell one of this size");
        Of(0.02, -0.04, 0.08, new CrossedVariance(5, 200, 0.0001, 0.04, 0.1)).Sentence.ShouldContain("more seeds alone would not tell one of this size, about 1,");
        Of(0.0001, -0.04, 0.08, variance).Sentence.ShouldEndWith("if there is one, it is too small for these numbers of seeds and items");
        Of(0, 0, 0, new CrossedVariance(5, 200, 0, 0, 0)).Sentence.ShouldEndWith("all scores are the same");
    }

    [Fact]
    public void A_single_seed_is_said_to_say_nothing_of_other_draws()
    {
        Of(0.042, 0.011, 0.07, new CrossedVariance(1, 200, null, 0.1, 0)).Sentence.ShouldEndWith("of a single seed, which says nothing of other draws");
        Of(0.042, 0.042, 0.042, new CrossedVariance(1, 1, null, 0, 0)).Better.ShouldBeNull();
    }

    private static MethodComparison Of(double mean, double low, double high, CrossedVariance? variance = null) =>
        new("sft", "tspin", 100, "gsm8k", true, true, new ScoreEstimate(mean, low, high, variance ?? new CrossedVariance(5, 200, 0.001, 0.01, 0.1)));
}
