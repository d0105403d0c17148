using Shouldly;
using TSpin.Cli;
using TSpin.Objectives;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>What the demo says at its end.</summary>
public sealed class DemoVerdictTests
{
    [Fact]
    public void Greedy_and_sampled_answers_get_a_sentence_each_with_the_other_method_beside_it()
    {
        using var tiny = new TinyRun();
        var runs = new[] { Methods.Spin, Methods.Sft }.Select(method =>
        {
            var recipe = tiny.Recipe(method);
            recipe = recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 1 }, Evaluation = recipe.Evaluation with { Sampled = true } };
            return (recipe, tiny.Run(recipe, method.Name));
        }).ToArray();
        var sentences = DemoVerdict.Of(runs, 1);
        // The tiny model has no answer right.
        sentences.Count.ShouldBe(2);
        sentences[0].ShouldStartWith("Greedy: Nothing beats the base, which has 0% of ");
        sentences[0].ShouldContain("SPIN, has 0%");
        sentences[1].ShouldStartWith("At temperature 1: Nothing beats the base");
    }
}
