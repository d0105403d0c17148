using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.SelfPlay;
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

        error.Message.ShouldContain("responses.jsonl:1: answers another prompt at index ");
    }

    [Theory]
    [InlineData("repeated", ":7: index 0 stands in line ")]
    [InlineData("outside", ":2: tokens[0] is 280, but the model has the ids 0 to 279 (vocab_size 280)")]
    [InlineData("negative id", ":2: tokens[0] is -1, but")]
    [InlineData("negative index", ":7: index -1 is negative")]
    [InlineData("no tokens", ":2: tokens of index ")]
    [InlineData("missing", ": has no response to index ")]
    [InlineData("not json", ":2: ")]
    [InlineData("nothing", ": has no response to index 0")]
    public void A_bad_file_of_responses_is_named_with_its_line_and_not_remembered(string fault, string part)
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        var good = new RunFolder(tiny.Run(recipe, "whole")).Responses(0);
        var lines = File.ReadAllLines(good).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        switch (fault)
        {
            case "repeated":
                lines.Add(lines.First(line => (int)line["index"]! == 0).DeepClone().AsObject());
                break;
            case "outside":
                lines[1]["tokens"]![0] = 280;
                break;
            case "negative id":
                lines[1]["tokens"]![0] = -1;
                break;
            case "negative index":
                lines.Add(lines[0].DeepClone().AsObject());
                lines[^1]["index"] = -1;
                break;
            case "no tokens":
                lines[1]["tokens"] = new JsonArray();
                break;
            case "missing":
                lines.RemoveAt(3);
                break;
            case "nothing":
                lines.Clear();
                break;
        }

        var bad = tiny["bad.jsonl"];
        File.WriteAllLines(bad, lines.Select((line, i) => i == 1 && fault == "not json" ? "{\"index\": 1" : line.ToJsonString()));
        var error = Should.Throw<TSpinException>(() => TrainOnce(recipe, tiny["part"], 0, bad, null));
        error.ExitCode.ShouldBe(2);
        error.Message.ShouldStartWith(bad + part);
        error.Message.Split(". ").Length.ShouldBeGreaterThan(1, "no cure");
        // The right file then counts.
        TrainOnce(recipe, tiny["part"], 0, good, null);
        FileHash.Sha256(new RunFolder(tiny["part"]).Responses(0)).ShouldBe(FileHash.Sha256(good));
    }

    [Fact]
    public void A_second_file_is_used_or_refused_and_never_ignored()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        var good = new RunFolder(tiny.Run(recipe, "whole")).Responses(0);
        var other = tiny["other.jsonl"];
        File.WriteAllLines(other, File.ReadAllLines(good).Reverse());

        // In iteration 0 y0 is y'.
        Should.Throw<TSpinException>(() => TrainOnce(recipe, tiny["both"], 0, good, other)).Message.ShouldStartWith($"{other}: the run has taken other responses already");
        TrainOnce(recipe, tiny["both"], 0, good, good);
        // Another start with another file.
        Should.Throw<TSpinException>(() => TrainOnce(recipe, tiny["both"], 0, other, null)).Message.ShouldStartWith($"{other}: the run has taken other responses already");
        Should.Throw<TSpinException>(() => TrainOnce(recipe, tiny["both"], 0, tiny["none.jsonl"], null)).Message.ShouldStartWith($"{tiny["none.jsonl"]}: there is no such file");
        // A method that has no use for it.
        Should.Throw<TSpinException>(() => TrainOnce(tiny.Recipe(Methods.Spin), tiny["spin"], 1, good, good)).Message.ShouldContain("method spin has no proto-synthetic responses");
        Should.Throw<TSpinException>(() => TrainOnce(tiny.Recipe(Methods.TSpinNoHistory), tiny["history"], 1, good, good)).Message.ShouldContain("tspin-no-history has no proto-synthetic");
        Should.Throw<TSpinException>(() => TrainOnce(tiny.Recipe(Methods.Sft), tiny["sft"], 0, good, null)).Message.ShouldContain("method sft has no synthetic responses");
    }

    [Fact]
    public void Responses_that_no_prompt_asks_for_are_said()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        var good = new RunFolder(tiny.Run(recipe, "whole")).Responses(0);
        var line = JsonNode.Parse(File.ReadLines(good).First())!.AsObject();
        line["index"] = 77;
        File.WriteAllLines(tiny["more.jsonl"], [.. File.ReadAllLines(good), line.ToJsonString()]);
        var said = new List<string>();
        new SelfPlayRun(recipe, tiny["more"], new Relay<RunEvent>(value =>
        {
            if (value is Noticed notice)
            {
                said.Add(notice.Text);
            }
        })).TrainOnce(0, tiny["more.jsonl"], null, TestContext.Current.CancellationToken);
        said.ShouldContain(
            $"{tiny["more.jsonl"]}: responses that belong to no prompt of this run and are not used: 1 (the first: index 77)");
    }

    private static void TrainOnce(Recipe recipe, string folder, int iteration, string? synthetic, string? proto) =>
        new SelfPlayRun(recipe, folder).TrainOnce(iteration, synthetic, proto, TestContext.Current.CancellationToken);
}
