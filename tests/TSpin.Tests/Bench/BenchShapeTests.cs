using Shouldly;
using TSpin.Bench;
using Xunit;

namespace TSpin.Tests.Bench;

public sealed class BenchShapeTests
{
    [Theory]
    [InlineData("tiny", 134e9)]
    [InlineData("smol", 817e9)]
    public void A_step_needs_as_much_arithmetic_as_counted_by_hand(string name, double flops)
    {
        var shape = Shape(name);
        shape.UsefulFlops(BenchWork.Of(shape, "", 1).Triplets).ShouldBe(flops, 0.005 * flops);
    }

    [Fact]
    public void Prompts_and_responses_count_once_and_the_head_at_responses_only()
    {
        // One layer of width 2, one head of 2, inner width 3, 5 tokens: q, k, v, o are 4 parameters each, the three of the feed-forward 6 each.
        var shape = Shape("tiny") with { Layers = 1, Hidden = 2, Heads = 1, KeyValueHeads = 1, HeadDimension = 2, Inner = 3, Vocabulary = 5 };
        shape.BlockParameters.ShouldBe(34);

        // A prompt of 2 sees 1 + 2 keys; a response of 3 sees the prompt's 2 each and 1 + 2 + 3 of its own; one of 1 sees 2 + 1.
        var flops = shape.UsefulFlops([([1, 2], [[1, 2, 3], [4]])]);

        flops.ShouldBe((6 * 34 * 6) + (6 * 5 * 2 * 4) + (12 * 2 * (3 + (6 + 6) + (2 + 1))));
    }

    [Theory]
    [InlineData("tspin", 3)]
    [InlineData("spin", 2)]
    [InlineData("sft", 1)]
    public void Methods_have_their_number_of_responses(string method, int responses)
    {
        var shape = BenchShape.All.First(shape => shape.Task == method);
        BenchWork.Of(shape, "", 1).Triplets.ShouldAllBe(triplet => triplet.Responses.Length == responses);
    }

    [Fact]
    public void Questions_have_their_examples_in_front_which_those_of_a_subject_share()
    {
        foreach (var (name, shared) in new[] { ("mmlu", true), ("hellaswag", false) })
        {
            var shape = Shape(name);
            var questions = BenchWork.Of(shape, "", 1).Triplets;
            questions.ShouldAllBe(question => question.Prompt.Length == shape.Shots + shape.Prompt && question.Responses.Length == 4);
            questions.Select(question => string.Join(' ', question.Prompt[..shape.Shots])).Distinct().Count().ShouldBe(shared ? 1 : questions.Count);
            questions.Select(question => string.Join(' ', question.Prompt[shape.Shots..])).Distinct().Count().ShouldBe(questions.Count);
        }
    }

    [Fact]
    public void All_shapes_are_there()
    {
        string[] wanted = ["tiny", "smol", "tiny-jitter", "smol-jitter", "sft", "spin", "generate-1", "generate-8", "generate-32", "mmlu", "hellaswag", "gsm8k"];
        wanted.Except(BenchShape.All.Select(shape => shape.Name)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("tiny-jitter")]
    [InlineData("smol-jitter")]
    public void Varying_lengths_stay_in_their_bounds_have_the_fixed_mean_and_do_not_come_again(string name)
    {
        var shape = Shape(name);
        var batches = BenchWork.Of(shape, "", 1).Batches;

        foreach (var (prompt, responses) in batches.SelectMany(batch => batch))
        {
            prompt.Length.ShouldBeInRange(shape.Prompt / 2, shape.Prompt * 3 / 2);
            responses.ShouldAllBe(response => response.Length >= shape.Response / 4 && response.Length <= shape.Response * 7 / 4);
        }

        int[] tokens = [.. batches.Select(batch => batch.Sum(triplet => triplet.Prompt.Length + triplet.Responses.Sum(response => response.Length)))];
        tokens.Distinct().Count().ShouldBeGreaterThan(batches.Count * 3 / 4);
        tokens.Average().ShouldBe(shape.Count * (shape.Prompt + (3 * shape.Response)), 0.15 * tokens.Average());
        BenchWork.Of(shape with { Jitter = false }, "", 1).Batches.ShouldHaveSingleItem();
    }

    [Fact]
    public void Shares_are_useful_arithmetic_over_the_ceiling()
    {
        var measured = new Measurement("tiny", "float32", "TSpin", false, 16, 3, 0.5, 0.4, 0.6, 1, 1, 134e9 / 0.5, 134e9, 400, null, "triplets", null);
        measured.Rate.ShouldBe(32);
        measured.ShareOfCeiling!.Value.ShouldBe(0.67, 1e-12);
        Measurement.MedianOf([3, 1, 2]).ShouldBe(2);
        Measurement.MedianOf([4, 1, 2, 3]).ShouldBe(2.5);
    }

    private static BenchShape Shape(string name) => BenchShape.All.First(shape => shape.Name == name);
}
