using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.SelfPlay;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Evaluation;

/// <summary>How far a model is from the one that its run began with.</summary>
public sealed class ModelDistanceTests
{
    [Fact]
    public void It_is_the_mean_log_ratio_over_the_tokens_of_the_models_own_answers()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(Methods.Sft);
        recipe = recipe with { Evaluation = recipe.Evaluation with { Distance = 4 } };
        var counted = new HashSet<string>();
        var run = new RunFolder(tiny.Run(recipe, "run", value => counted.Add(value is Generated { Progress: var progress } ? progress.Counted : "")));
        counted.ShouldBe(["", "answers", "annotated answers scored", "answers scored", "answers scored by the starting model"], ignoreOrder: true);
        DistanceIn(run.Initial).NatsPerToken.ShouldBe(0);
        var far = DistanceIn(run.Iteration(1));
        far.Answers.ShouldBe(2, "there are no more prompts");

        // Drawn and scored anew, one after the other.
        var tokenizer = Tokenizer.Load(tiny.Model);
        using var trained = DecoderLoader.Load(run.Checkpoint(1));
        using var initial = DecoderLoader.Load(tiny.Model);
        var encoder = new PromptEncoder(PromptTemplate.Of(recipe.Prompt, tiny.Model), tokenizer, trained.Config);
        var questions = File.ReadLines(tiny.HeldOut).Select(line => JsonNode.Parse(line)!).ToDictionary(row => (string)row["answer"]!, row => (string)row["question"]!);
        var answers = EvaluationFiles.ReadAnswers(Path.Combine(run.Iteration(1), EvaluationFiles.AnswersFile), []);
        var prompts = encoder.Prompts([.. answers.DistinctBy(answer => answer.Index).OrderBy(answer => answer.Index).Select(answer => questions[answer.Reference])]);
        var drawn = new Generator(trained, tokenizer, new SamplingOptions { MaxNewTokens = 6, BatchSize = recipe.Evaluation.BatchSize }, encoder.EndIds)
            .AnswerAll(prompts, new ResponseSeeds(recipe.Seed, "distance"), null, default).OrderBy(answer => answer.Index).ToArray();
        var (sum, tokens) = (0.0, 0);
        foreach (var answer in drawn)
        {
            (int[], int[])[] sequence = [(prompts[answer.Index].Ids, answer.Tokens)];
            sum += new ResponseScorer(trained).Score(sequence)[0].LogProb - new ResponseScorer(initial).Score(sequence)[0].LogProb;
            tokens += answer.Tokens.Length;
        }

        far.NatsPerToken.ShouldBe(sum / tokens, 1e-5);
        far.NatsPerToken.ShouldNotBe(0);
        far.MeanTokens.ShouldBe(tokens / 2.0);
        far.StandardError.ShouldNotBeNull();
    }

    [Fact]
    public void After_a_first_stage_it_is_still_measured_from_the_recipes_model()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        var run = new RunFolder(tiny.Run(recipe with
        {
            Sft = new() { Epochs = 2, LearningRate = 1e-2 },
            Evaluation = recipe.Evaluation with { Distance = 2 },
        }, "run"));
        DistanceIn(run.Initial).NatsPerToken.ShouldNotBe(0);
    }

    private static ModelDistance DistanceIn(string folder) => EvaluationFiles.ReadResult(Path.Combine(folder, EvaluationFiles.ResultFile)).Distance.ShouldNotBeNull();
}
