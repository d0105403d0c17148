using Shouldly;
using TSpin.Data;
using Xunit;

namespace TSpin.Tests.Data;

public sealed class ValidationSplitTests
{
    [Theory]
    [InlineData("0.25", 10)]
    [InlineData("7", 7)]
    [InlineData("2/4", 10)]
    public void Examples_are_divided(string words, int kept)
    {
        var (training, validation) = ValidationSplit.Parse(words).Divide(Examples(40), 5);
        validation.Count.ShouldBe(kept);
        training.Concat(validation).Select(example => example.Index).Order().ShouldBe(Enumerable.Range(0, 40));
        training.Select(example => example.Index).ShouldBeInOrder();
        // The seed decides, and nothing else.
        ValidationSplit.Parse(words).Divide(Examples(40), 5).Validation.ShouldBe(validation);
        ValidationSplit.Parse(words).Divide(Examples(40), 6).Validation.ShouldNotBe(validation);
    }

    [Fact]
    public void Folds_divide_all_examples_among_them()
    {
        var folds = Enumerable.Range(1, 3).Select(i => ValidationSplit.Parse($"{i}/3").Divide(Examples(20), 1).Validation.Select(example => example.Index).ToArray()).ToArray();
        folds.SelectMany(fold => fold).Order().ShouldBe(Enumerable.Range(0, 20));
        folds.Select(fold => fold.Length).ShouldBe([7, 7, 6]);
    }

    [Fact]
    public void A_larger_count_contains_a_smaller_one() => ValidationSplit.Parse("3").Divide(Examples(20), 1).Validation
        .ShouldBeSubsetOf(ValidationSplit.Parse("9").Divide(Examples(20), 1).Validation);

    [Fact]
    public void Examples_with_the_same_prompt_stay_together()
    {
        var examples = Enumerable.Range(0, 30).Select(i => new AnnotatedExample(i, i % 2 == 0 ? $"What is  {i / 6}?" : $"what is {i / 6}?\n", $"{i}", "a.jsonl", i + 1)).ToArray();
        for (ulong seed = 0; seed < 20; seed++)
        {
            var (training, validation) = ValidationSplit.Parse("0.2").Divide(examples, seed);
            validation.Count.ShouldBe(6);
            validation.Select(example => example.Index / 6).Distinct().ShouldHaveSingleItem();
            training.Select(example => example.Index / 6).ShouldNotContain(validation[0].Index / 6);
        }
    }

    [Theory]
    [InlineData("0", "neither a share")]
    [InlineData("1.5", "neither a share")]
    [InlineData("-3", "neither a share")]
    [InlineData("1e99", "neither a share")]
    [InlineData("0/5", "no fold")]
    [InlineData("6/5", "no fold")]
    [InlineData("1/1", "no fold")]
    [InlineData("", "names nothing")]
    public void Other_words_are_refused(string words, string message) => ValidationSplit.FaultOf(words).ShouldNotBeNull().ShouldContain(message);

    [Theory]
    [InlineData("valid.jsonl")]
    [InlineData("./2/5")]
    [InlineData("data/2")]
    public void Everything_else_is_a_file(string words)
    {
        ValidationSplit.IsFile(words).ShouldBeTrue();
        ValidationSplit.Parse(words).File.ShouldBe(words);
    }

    [Theory]
    [InlineData("4", "none to train on")]
    [InlineData("5", "none to train on")]
    [InlineData("9/9", "none to validate with")]
    public void Neither_part_may_be_empty(string words, string message) =>
        Should.Throw<TSpinException>(() => ValidationSplit.Parse(words).Divide(Examples(4), 1)).Message.ShouldContain(message);

    private static AnnotatedExample[] Examples(int count) => [.. Enumerable.Range(0, count).Select(i => new AnnotatedExample(i, $"prompt {i}", $"response {i}", "a.jsonl", i + 1))];
}
