using Shouldly;
using TSpin.Studies;
using Xunit;

namespace TSpin.Tests.Studies;

/// <summary>Which setting is chosen.</summary>
public sealed class SettingChoiceTests
{
    [Fact]
    public void The_best_mean_over_seeds_wins_and_the_earlier_of_equals()
    {
        Ranked(true, ("a", 0.5), ("b", 0.7), ("a", 0.6), ("b", 0.3), ("c", 0.55), ("c", 0.55)).ShouldBe(["a", "c", "b"]);
        Ranked(false, ("a", 0.5), ("b", 0.7), ("c", 0.2)).ShouldBe(["c", "a", "b"]);
    }

    [Fact]
    public void A_setting_of_which_a_seed_diverged_comes_last()
    {
        var lines = new[] { Line("a", 0.9, true), Line("b", 0.1, true), Line("a", 0, true) with { Failed = "NaN" } };
        SettingChoice.Ranked("validation", lines, ["a", "b"]).Select(choice => (choice.Setting, choice.Score)).ShouldBe([("b", 0.1), ("a", null)]);
    }

    [Fact]
    public void A_score_that_was_not_measured_is_named_with_what_there_is() =>
        Should.Throw<TSpinException>(() => SettingChoice.Ranked("gsm8k", [Line("a", 0.5, true)], ["a"])).Message.ShouldBe(
            "choose_on: \"gsm8k\" was not measured in the cell \"sft | a | 2 examples | seed 1\"; there is validation/exact_match,strict-match.");

    private static IEnumerable<string> Ranked(bool isHigherBetter, params (string Setting, double Score)[] cells) =>
        SettingChoice.Ranked("validation", cells.Select(cell => Line(cell.Setting, cell.Score, isHigherBetter)), ["a", "b", "c"]).Select(choice => choice.Setting);

    private static LedgerLine Line(string setting, double score, bool isHigherBetter) => new(
        StudyCell.KeyOf("sft", setting, 2, 1), "work", "kind", "sft", setting, 2, 1, 0,
        [new LedgerIteration(0, [new LedgerScore("validation/exact_match,strict-match", score, isHigherBetter)], [])]);
}
