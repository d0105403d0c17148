using System.CommandLine;
using System.Text.Json;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Cli;
using TSpin.Files;
using TSpin.Models;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Cli;

public sealed class VerbTests
{
    [Fact]
    public void Generate_writes_an_answer_per_prompt_and_a_second_call_changes_nothing()
    {
        using var tiny = new TinyRun();
        string[] arguments = [tiny.Model, "--prompts", tiny.Train, "--out", tiny["answers.jsonl"], "--max-new-tokens", "4", "--batch-size", "3"];
        Invoke(GenerateCommand.Create(), arguments).Code.ShouldBe(0);
        var first = File.ReadAllText(tiny["answers.jsonl"]);
        first.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(File.ReadLines(tiny.Train).Count());
        Invoke(GenerateCommand.Create(), arguments).Code.ShouldBe(0);
        File.ReadAllText(tiny["answers.jsonl"]).ShouldBe(first);
    }

    [Fact]
    public void Generate_takes_prompts_without_responses()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["prompts.jsonl"], "{\"prompt\": \"How many?\"}\n{\"prompt\": \"And now?\"}\n");
        Invoke(GenerateCommand.Create(), tiny.Model, "--prompts", tiny["prompts.jsonl"], "--out", tiny["answers.jsonl"], "--max-new-tokens", "2").Code.ShouldBe(0);
        File.ReadAllText(tiny["answers.jsonl"]).ShouldContain("### Instruction: And now?");
    }

    [Fact]
    public void Answers_of_other_weights_are_not_continued_whichever_shard_is_another()
    {
        using var tiny = new TinyRun();
        using (var model = DecoderLoader.Load(tiny.Model))
        {
            File.Delete(tiny["model", "model.safetensors"]);
            DecoderSaver.SaveWeights(model, tiny.Model, maxShardBytes: 6000);
        }

        var shards = Directory.GetFiles(tiny.Model, "*.safetensors").Order(StringComparer.Ordinal).ToArray();
        shards.Length.ShouldBeGreaterThan(2);
        string[] arguments = [tiny.Model, "--prompts", tiny.Train, "--out", tiny["answers.jsonl"], "--max-new-tokens", "4"];
        Invoke(GenerateCommand.Create(), arguments).Code.ShouldBe(0);
        foreach (var shard in shards)
        {
            var before = File.ReadAllBytes(shard);
            File.WriteAllBytes(shard, [.. before[..^1], (byte)(before[^1] ^ 1)]);
            Should.Throw<TSpinException>(() => Invoke(GenerateCommand.Create(), arguments), shard).Message.ShouldContain("model: ");
            File.WriteAllBytes(shard, before);
        }

        Invoke(GenerateCommand.Create(), arguments).Code.ShouldBe(0);
    }

    [Fact]
    public void Generate_goes_on_with_another_batch_size_and_refuses_a_file_that_another_process_writes()
    {
        using var tiny = new TinyRun();
        string[] arguments = [tiny.Model, "--prompts", tiny.Train, "--out", tiny["answers.jsonl"], "--max-new-tokens", "4"];
        Invoke(GenerateCommand.Create(), [.. arguments, "--batch-size", "2"]).Code.ShouldBe(0);
        var first = File.ReadAllText(tiny["answers.jsonl"]);
        Invoke(GenerateCommand.Create(), [.. arguments, "--batch-size", "1"]).Code.ShouldBe(0);
        File.ReadAllText(tiny["answers.jsonl"]).ShouldBe(first);
        using (FileLock.Acquire(tiny["answers.jsonl"]))
        {
            Should.Throw<TSpinException>(() => Invoke(GenerateCommand.Create(), arguments)).Message.ShouldStartWith($"{tiny["answers.jsonl"]}: another process is writing this file.");
            // Another file beside it is free.
            Invoke(GenerateCommand.Create(), tiny.Model, "--prompts", tiny.Train, "--out", tiny["more.jsonl"], "--max-new-tokens", "4").Code.ShouldBe(0);
        }

        Invoke(GenerateCommand.Create(), arguments).Code.ShouldBe(0);
        Directory.GetFiles(tiny["."], ".*lock").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("/")]
    public void A_run_name_that_names_no_folder_of_its_own_is_refused(string name)
    {
        using var tiny = new TinyRun();
        var recipe = tiny["recipe.yaml"];
        File.WriteAllText(recipe, $"name: once\nmodel:\n  path: {tiny.Model}\ndata:\n  train: {tiny.Train}\noutput:\n  directory: {tiny["runs"]}\n");
        var message = Should.Throw<TSpinException>(() => Invoke(RunCommand.Create(), recipe, "--run", name)).Message;
        message.ShouldStartWith($"--run \"{name}\": names no folder for a run inside {tiny["runs"]}");
        Should.Throw<TSpinException>(() => Invoke(TrainCommand.Create(), recipe, "--run", name, "--synthetic", "x")).Message.ShouldBe(message);
        Directory.Exists(tiny["runs"]).ShouldBeFalse();
    }

    [Fact]
    public void Eval_prints_its_result_as_json_and_writes_every_answer()
    {
        using var tiny = new TinyRun();
        var (code, output) = Invoke(EvalCommand.Create(), tiny.Model, "--data", tiny.HeldOut, "--max-new-tokens", "4", "--sampled", "--json", "--out", tiny["scores"]);
        code.ShouldBe(0);
        using var result = JsonDocument.Parse(output);
        var task = result.RootElement.GetProperty("results")[0];
        var examples = task.GetProperty("examples").GetInt32();
        examples.ShouldBe(File.ReadLines(tiny.HeldOut).Count());
        task.GetProperty("annotated_log_prob_per_token").GetDouble().ShouldBeLessThan(0);
        File.ReadLines(tiny["scores", "evaluation-answers.jsonl"]).Count().ShouldBe(2 * examples);
    }

    [Fact]
    public void Defaults_fit_a_model_of_few_positions()
    {
        // The tiny model has 160 positions, fewer than the usual longest answer.
        using var tiny = new TinyRun();
        var (code, output) = Invoke(EvalCommand.Create(), tiny.Model, "--data", tiny.HeldOut, "--json");
        code.ShouldBe(0);
        using var result = JsonDocument.Parse(output);
        var task = result.RootElement.GetProperty("results")[0];
        task.GetProperty("prompts_truncated").GetInt32().ShouldBe(0);
        task.GetProperty("answers")[0].GetProperty("mean_response_tokens").GetDouble().ShouldBeLessThanOrEqualTo(80);
        Invoke(GenerateCommand.Create(), tiny.Model, "--prompts", tiny.Train, "--out", tiny["answers.jsonl"]).Code.ShouldBe(0);

        var fault = Should.Throw<TSpinException>(() => Invoke(EvalCommand.Create(), tiny.Model, "--data", tiny.HeldOut, "--max-new-tokens", "160"));
        fault.Message.ShouldContain("Use 1 to 159");
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_is_cut_at_the_left_and_counted()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["long.jsonl"], "{\"question\": \"" + string.Concat(Enumerable.Repeat("figs and more figs ", 60)) + "?\", \"answer\": \"#### 1\"}\n");
        var (code, output) = Invoke(EvalCommand.Create(), tiny.Model, "--data", tiny["long.jsonl"], "--max-new-tokens", "4", "--json");
        code.ShouldBe(0);
        JsonDocument.Parse(output).RootElement.GetProperty("results")[0].GetProperty("prompts_truncated").GetInt32().ShouldBe(1);
    }

    [Fact]
    public void Chat_answers_every_piped_line_and_obeys_its_commands()
    {
        using var tiny = new TinyRun();
        var before = Console.In;
        try
        {
            Console.SetIn(new StringReader("How many?\n/temperature 0\n\nHow many?\nHow many?\n/quit\nnever read\n"));
            var (code, output) = Invoke(ChatCommand.Create(), tiny.Model, "--max-new-tokens", "5");
            code.ShouldBe(0);
            var lines = output.Split('\n');
            lines.Length.ShouldBeGreaterThanOrEqualTo(4);
        }
        finally
        {
            Console.SetIn(before);
        }
    }

    [Fact]
    public void Report_redraws_a_run_and_prints_its_table()
    {
        using var tiny = new TinyRun();
        var run = tiny.Run(tiny.Recipe(), "run");
        File.Delete(new RunFolder(run).Report);
        Invoke(ReportCommand.Create(), run).Code.ShouldBe(0);
        File.Exists(new RunFolder(run).Report).ShouldBeTrue();
        Invoke(ReportCommand.Create(), run, "--markdown").Output.ShouldContain("| method |");
    }

    [Fact]
    public void Train_names_what_is_missing()
    {
        using var tiny = new TinyRun();
        var recipe = tiny["recipe.yaml"];
        File.WriteAllText(recipe, $"name: once\nmodel:\n  path: {tiny.Model}\ndata:\n  train: {tiny.Train}\n");
        Should.Throw<TSpinException>(() => Invoke(TrainCommand.Create(), recipe)).Message.ShouldStartWith("--synthetic is missing");
        Should.Throw<TSpinException>(() => Invoke(TrainCommand.Create(), recipe, "--iteration", "1", "--synthetic", "a")).Message.ShouldStartWith("--proto is missing");
    }

    [Fact]
    public void A_dry_run_prints_the_plan_and_writes_nothing()
    {
        using var tiny = new TinyRun();
        var recipe = tiny["recipe.yaml"];
        File.WriteAllText(recipe, $"name: dry\nmodel:\n  path: {tiny.Model}\ndata:\n  train: {tiny.Train}\noutput:\n  directory: {tiny["runs"]}\n");
        var (code, output) = Invoke(RunCommand.Create(), recipe, "--dry-run", "--set", "training.iterations=3");
        code.ShouldBe(0);
        output.ShouldContain($"annotated examples    {File.ReadLines(tiny.Train).Count()}\n");
        output.ShouldContain("iterations            3 of ");
        Directory.Exists(tiny["runs"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("eval")]
    [InlineData("chat")]
    public void A_missing_model_is_named(string verb)
    {
        using var folder = new TemporaryFolder();
        var command = verb == "eval" ? EvalCommand.Create() : ChatCommand.Create();
        string[] arguments = verb == "eval" ? [folder["none"], "--data", "x.jsonl"] : [folder["none"]];
        Should.Throw<TSpinException>(() => Invoke(command, arguments)).Message.ShouldStartWith(Path.Combine(folder["none"], "config.json") + ": no such file.");
    }

    private static (int Code, string Output) Invoke(Command command, params string[] arguments) => InvokedVerb.Invoke(command, arguments);
}
