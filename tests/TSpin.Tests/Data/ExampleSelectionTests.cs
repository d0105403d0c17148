using Shouldly;
using TSpin.Data;
using Xunit;

namespace TSpin.Tests.Data;

public sealed class ExampleSelectionTests
{
    [Fact]
    public void Subsets_are_nested_seeded_and_repeatable()
    {
        var all = Examples(1000);
        var everything = ExampleSelection.Take(all, null, 42);
        everything.Select(example => example.Index).Order().ShouldBe(Enumerable.Range(0, 1000));
        everything.ShouldNotBe(all);
        foreach (var count in new[] { 1, 140, 260, 500, 1000 })
        {
            ExampleSelection.Take(all, count, 42).ShouldBe(everything.Take(count));
        }

        ExampleSelection.Take(all, 1000, 43).ShouldNotBe(everything);
    }

    [Fact]
    public void The_shuffle_never_changes_between_versions() =>
        // Worked out apart from this code, in Python, from the definitions of NamedSeed, RandomStream and Fisher-Yates.
        ExampleSelection.Take(Examples(10), null, 42).Select(example => example.Index).ShouldBe([8, 3, 1, 2, 5, 7, 9, 6, 0, 4]);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(11)]
    public void A_count_must_be_there(int count) =>
        Should.Throw<TSpinException>(() => ExampleSelection.Take(Examples(10), count, 1)).Message.ShouldBe(
            $"{count} examples are asked for where there are 10; use a number in [1, 10], or leave it out for all");

    [Fact]
    public void Overlap_is_found_up_to_case_and_white_space()
    {
        AnnotatedExample[] train = [new(0, "What is 2 + 2?", "4", "t", 1), new(1, "Other", "x", "t", 2)];
        AnnotatedExample[] evaluation = [new(0, " what is\n2 +  2?", "four", "e", 1), new(1, "What is 2+2?", "4", "e", 2), new(2, "other", "y", "e", 3)];
        ExampleOverlap.Find(train, evaluation).Select(example => example.Index).ShouldBe([0, 2]);
        ExampleOverlap.Count(train, evaluation).ShouldBe(2);
        ExampleOverlap.Count(evaluation, []).ShouldBe(0);
    }

    private static AnnotatedExample[] Examples(int count) => [.. Enumerable.Range(0, count).Select(i => new AnnotatedExample(i, $"p{i}", $"r{i}", "f", i + 1))];
}
