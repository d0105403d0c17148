using Shouldly;
using TSpin.Data;
using Xunit;

namespace TSpin.Tests.Data;

public sealed class TextOverlapTests
{
    private const string Thirteen = "one two three four five six seven eight nine ten eleven twelve thirteen";

    [Fact]
    public void The_same_prompt_is_found_whatever_its_case_and_white_space() =>
        Count("How  many\nfigs?", [("how many figs?", "how many figs? 3"), ("How many pears?", "How many pears? 3")]).ShouldBe(new OverlapCount("test", 2, 1, 1));

    [Theory]
    [InlineData($"It says {Thirteen}.", 1)]
    [InlineData("ONE, two; three four five six seven eight nine ten eleven - twelve (thirteen)", 1)]
    [InlineData("one two three four five six seven eight nine ten eleven twelve fourteen", 0)]
    [InlineData("one two three four five six seven and eight nine ten eleven twelve thirteen", 0)]
    [InlineData("thirteen twelve eleven ten nine eight seven six five four three two one", 0)]
    [InlineData("", 0)]
    public void Thirteen_words_in_a_row_are_found(string text, int found) =>
        Count($"Begin: {Thirteen} and more", [("another prompt", text)]).ShouldBe(new OverlapCount("test", 1, 0, found));

    [Fact]
    public void Each_set_and_each_example_counts_once()
    {
        string[] training = [Thirteen, Thirteen + " " + Thirteen, "x"];
        var counts = TextOverlap.Count(
            training.Select(text => (text, text)),
            [("a", [(Thirteen, Thirteen + " so"), ("b", "b " + Thirteen), ("c", "c")]), ("b", [("X", "X y"), ("b", Thirteen)]), ("empty", [])]);
        counts.ShouldBe([new OverlapCount("a", 3, 1, 2), new OverlapCount("b", 2, 1, 2), new OverlapCount("empty", 0, 0, 0)]);
    }

    private static OverlapCount Count(string training, IReadOnlyList<(string Prompt, string Text)> examples) =>
        TextOverlap.Count([(training, training)], [("test", examples)]).ShouldHaveSingleItem();
}
