using Shouldly;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.SelfPlay;

public sealed class TrainOnceTests
{
    [Fact]
    public void One_iteration_on_existing_responses_gives_the_weights_of_the_whole_run()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe() with { Checkpoints = new CheckpointSettings { Keep = CheckpointKeeping.All } };
        var whole = new RunFolder(tiny.Run(recipe, "whole"));
        var part = new RunFolder(tiny["part"]);

        new SelfPlayRun(recipe with { Model = recipe.Model with { Path = whole.Checkpoint(0) } }, part.Path)
            .TrainOnce(1, whole.Responses(1), whole.Responses(0), TestContext.Current.CancellationToken);

        FileHash.Sha256(Path.Combine(part.Checkpoint(1), "model.safetensors"))
            .ShouldBe(FileHash.Sha256(Path.Combine(whole.Checkpoint(1), "model.safetensors")));
    }

    [Fact]
    public void Responses_to_other_prompts_are_refused_by_index()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        var whole = new RunFolder(tiny.Run(recipe, "whole"));
        var other = recipe with { Prompt = recipe.Prompt with { Template = "Q: {prompt}\nA: " } };

        var error = Should.Throw<TSpinException>(() => new SelfPlayRun(other, tiny["part"]).TrainOnce(0, whole.Responses(0), null, TestContext.Current.CancellationToken));

        error.Message.ShouldContain("responses.jsonl: answers another prompt at index 0");
    }
}
