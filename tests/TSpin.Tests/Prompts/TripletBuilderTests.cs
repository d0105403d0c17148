using Shouldly;
using TSpin.Prompts;
using Xunit;

namespace TSpin.Tests.Prompts;

public sealed class TripletBuilderTests
{
    private const int Eos = 2;
    private static readonly int[] Prompt = [11, 12, 13, 14, 15];

    [Fact]
    public void Annotated_responses_end_with_one_EOS_and_generated_ones_stay_as_they_are()
    {
        var builder = new TripletBuilder(new PromptSettings(), Eos);
        builder.Add(7, Prompt, [21, 22], [31, Eos], [41, 42]);

        var triplet = builder.Build().Triplets.ShouldHaveSingleItem();

        triplet.Index.ShouldBe(7);
        triplet.Prompt.ShouldBe(Prompt);
        triplet.Annotated.ShouldBe([21, 22, Eos]);
        triplet.Synthetic.ShouldBe([31, Eos], "the generator stopped on EOS");
        triplet.ProtoSynthetic.ShouldBe([41, 42], "this one was cut by the length limit");
    }

    [Fact]
    public void A_model_without_EOS_gets_none()
    {
        var builder = new TripletBuilder(new PromptSettings(), null);
        builder.Add(0, Prompt, [21, 22], null, null);
        var triplet = builder.Build().Triplets[0];
        triplet.Annotated.ShouldBe([21, 22]);
        triplet.Synthetic.ShouldBeNull();
        triplet.ProtoSynthetic.ShouldBeNull();
    }

    [Theory]
    [InlineData(TruncationSide.Left, new[] { 13, 14, 15 })]
    [InlineData(TruncationSide.Right, new[] { 11, 12, 13 })]
    public void A_long_prompt_is_cut_once_for_all_three(TruncationSide side, int[] expected)
    {
        var settings = new PromptSettings { MaxPromptTokens = 3, Truncate = side };
        var builder = new TripletBuilder(settings, Eos);
        builder.Add(0, Prompt, [21], [31], [41]);
        builder.Add(1, [11, 12, 13], [21], [31], [41]);

        var set = builder.Build();

        set.Triplets[0].Prompt.ShouldBe(expected);
        set.PromptsTruncated.ShouldBe(1);
        TripletBuilder.Truncate(Prompt, settings).ShouldBe(expected, "generation continues the same ids");
        TripletBuilder.Truncate([1], settings).ShouldBe([1]);
        if (side == TruncationSide.Left)
        {
            TripletBuilder.Truncate(Prompt, settings, Prompt[0]).ShouldBe([Prompt[0], .. expected[1..]], "a left cut keeps BOS");
        }
    }

    [Fact]
    public void Responses_are_cut_to_the_sequence_limit_counted_and_lose_their_EOS()
    {
        var builder = new TripletBuilder(new PromptSettings { MaxPromptTokens = 5, MaxSequenceTokens = 8 }, Eos);
        builder.Add(0, Prompt, [21, 22, 23], [31, 32, 33, 34, Eos], [41, 42, Eos]);
        builder.Add(1, Prompt, [21, 22], null, null);

        var set = builder.Build();

        set.Triplets[0].Annotated.ShouldBe([21, 22, 23], "its EOS would have been the ninth token");
        set.Triplets[0].Synthetic.ShouldBe([31, 32, 33]);
        set.Triplets[0].ProtoSynthetic.ShouldBe([41, 42, Eos], "exactly eight");
        set.Triplets[1].Annotated.ShouldBe([21, 22, Eos]);
        set.ResponsesTruncated.ShouldBe(2);
        set.PromptsTruncated.ShouldBe(0);
    }

    [Fact]
    public void Constant_terms_are_counted()
    {
        var builder = new TripletBuilder(new PromptSettings(), Eos);
        builder.Add(0, Prompt, [21], [21, Eos], [41]);
        builder.Add(1, Prompt, [21], [21], [21]);
        builder.Add(2, Prompt, [21], [41], [41]);
        builder.Add(3, Prompt, [21], null, null);

        var set = builder.Build();

        set.SyntheticIsAnnotated.ShouldBe(1, "the second one did not end, so it is another response");
        set.SyntheticIsProto.ShouldBe(2);
        set.Triplets.Count.ShouldBe(4);
    }

    [Fact]
    public void An_empty_annotated_response_is_its_EOS()
    {
        var builder = new TripletBuilder(new PromptSettings(), Eos);
        builder.Add(0, Prompt, [], [31], [41]);
        builder.Build().Triplets[0].Annotated.ShouldBe([Eos]);
    }

    [Fact]
    public void What_cannot_be_trained_on_is_refused_with_its_example()
    {
        var builder = new TripletBuilder(new PromptSettings(), Eos);
        Should.Throw<TSpinException>(() => builder.Add(12, [], [21], null, null)).Message.ShouldContain("example 12");
        Should.Throw<TSpinException>(() => new TripletBuilder(new PromptSettings(), null).Add(13, Prompt, [], null, null)).Message.ShouldContain("example 13");
        var full = new TripletBuilder(new PromptSettings { MaxPromptTokens = 5, MaxSequenceTokens = 5 }, Eos);
        Should.Throw<TSpinException>(() => full.Add(14, Prompt, [21], null, null)).Message.ShouldContain("example 14");
    }
}
