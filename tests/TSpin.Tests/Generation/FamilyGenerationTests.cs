using Shouldly;
using TSpin.Generation;
using TSpin.Prompts;
using TSpin.Tests.Models;
using Xunit;

namespace TSpin.Tests.Generation;

/// <summary>Every family's answers, through batches and the cache, are those of uncached passes over one sequence.</summary>
public sealed class FamilyGenerationTests
{
    public static TheoryData<string> Names => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Answers_in_a_batch_are_those_of_uncached_passes(string name)
    {
        // Room to grow beyond the trained length, which the rotary embedding keeps.
        var config = SmallModels.All[name] with { MaxPositions = 64, EosIds = [] };
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        PromptTokens[] prompts = [new(0, SmallModels.Ids(3)), new(1, SmallModels.Ids(7, 2)), new(2, SmallModels.Ids(4, 3))];
        var options = new SamplingOptions { Temperature = 0, MaxNewTokens = 6 };

        var answers = new Generator(decoder, TinyModel.Tokenizer, options).Generate(prompts, TinyModel.Seeds).OrderBy(answer => answer.Index).ToArray();

        foreach (var (index, ids, _) in prompts)
        {
            var (tokens, logProbs) = TinyModel.Slow(decoder, ids, options, 0);
            answers[index].Tokens.ShouldBe(tokens);
            answers[index].LogProbs.Zip(logProbs, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-4, $"prompt {index}");
        }
    }

    [Fact]
    public void A_dynamic_embedding_answers_beyond_the_trained_length_up_to_its_factor()
    {
        var config = SmallModels.All["llama, rope dynamic, growing"] with { EosIds = [] };
        (config.MaxPositions, config.LongestSequence).ShouldBe((6, 15));
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));

        var answer = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { Temperature = 0, MaxNewTokens = 64 })
            .Generate([new PromptTokens(0, SmallModels.Ids(4))], TinyModel.Seeds).Single();

        (answer.Tokens.Length, answer.FinishReason).ShouldBe((11, FinishReason.Length));
    }
}
