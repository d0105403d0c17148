using Shouldly;
using TSpin.Data;
using TSpin.Demo;
using TSpin.Evaluation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Demo;

public sealed class DemoBaseModelTests
{
    [Theory]
    [InlineData(Method.TSpin)]
    [InlineData(Method.TSpinNoHistory)]
    [InlineData(Method.TSpinRef)]
    [InlineData(Method.Spin)]
    [InlineData(Method.Sft)]
    public void Every_demo_recipe_passes_the_checks_of_a_written_one(Method method)
    {
        var recipe = DemoRecipe.For(method, 3, "/models/base", "/data", "/runs");
        RecipeReader.Parse(RecipeWriter.Write(recipe), "demo.yaml", []).ShouldBe(recipe);
    }

    [Fact]
    public void The_committed_base_is_small_and_made_by_the_committed_recipe()
    {
        var files = Directory.GetFiles(DemoBaseModel.Folder);
        files.Sum(file => new FileInfo(file).Length).ShouldBeLessThan(10_000_000);
        var made = PretrainRecipeTables.Recipe.Read(Path.Combine(DemoBaseModel.Folder, "recipe.yaml"), []);
        made.ShouldBe(PretrainRecipeTables.Recipe.Read(Path.Combine(SharedFolder.RepositoryRoot, "recipes", "pretrain-demo.yaml"), []));
        File.ReadLines(Path.Combine(DemoBaseModel.Folder, "pretrain-log.jsonl")).Count().ShouldBe(made.Training.Steps);
    }

    [Fact]
    public void The_base_answers_imperfectly_but_knows_the_annotated_answers_well()
    {
        using var folder = new TemporaryFolder();
        DemoData.Write(folder["data"], 5, 2, 60, 2);
        var examples = ExampleReader.Read([folder["data", DemoData.TestFile]], DataFormat.Gsm8k, skipBad: false).Examples;
        var recipe = DemoRecipe.For(Method.TSpin, 5, DemoBaseModel.Folder, folder["data"], folder["runs"]);
        using var decoder = DecoderLoader.Load(DemoBaseModel.Folder);
        var evaluation = new ExactMatchEvaluation(
            Tokenizer.Load(DemoBaseModel.Folder), PromptTemplate.Paper, recipe.Prompt, recipe.Evaluation with { Sampled = false }, 5);

        var result = evaluation.Run(decoder, examples, cancellation: TestContext.Current.CancellationToken).Result;

        result.Greedy.Strict.Score.ShouldBeLessThan(0.6);
        result.AnnotatedLogProbPerToken.ShouldBeGreaterThan(-1.0);
    }
}
