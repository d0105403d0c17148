using Shouldly;
using TSpin.Data;
using TSpin.Demo;
using TSpin.Evaluation;
using TSpin.Evaluation.Tasks;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Pretraining;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Demo;

public sealed class DemoBaseModelTests
{
    [Theory]
    [InlineData("tspin")]
    [InlineData("tspin-no-history")]
    [InlineData("tspin-ref")]
    [InlineData("spin")]
    [InlineData("sft")]
    public void Every_demo_recipe_passes_the_checks_of_a_written_one(string word)
    {
        var method = Methods.Named(word);
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
        var recipe = DemoRecipe.For(Methods.TSpin, 5, DemoBaseModel.Folder, folder["data"], folder["runs"]);
        using var decoder = DecoderLoader.Load(DemoBaseModel.Folder);
        var encoder = new PromptEncoder(PromptTemplate.Paper, Tokenizer.Load(DemoBaseModel.Folder), decoder.Config);
        var task = new Gsm8kTask(examples, recipe.Evaluation with { Sampled = false });

        var result = task.Run(new EvaluatedModel(decoder, encoder, recipe.Prompt, 5), cancellation: TestContext.Current.CancellationToken).Result;

        result.Metrics[0].Value.ShouldBeLessThan(0.6);
        result.AnnotatedLogProbPerToken!.Value.ShouldBeGreaterThan(-1.0);
    }
}
