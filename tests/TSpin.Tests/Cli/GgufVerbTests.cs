using System.CommandLine;
using System.Text.RegularExpressions;
using Shouldly;
using TSpin.Adapters;
using TSpin.ChatTemplates;
using TSpin.Cli;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Tests.Gguf;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>Every verb that takes a model takes a GGUF file, and says the same as of the folder that the file was made of.</summary>
public sealed partial class GgufVerbTests : IDisposable
{
    private readonly TinyRun _tiny = new();
    private readonly string _file;

    public GgufVerbTests() => _file = GgufCopy.Of(_tiny.Model, "smollm").Save(_tiny["small.gguf"]);

    [Theory]
    [InlineData("tokenize", "Ann has 12 figs.<|end|> And?", "--json", "--special")]
    [InlineData("generate", "--prompts", "TRAIN", "--out", "OUT", "--max-new-tokens", "4")]
    [InlineData("eval", "--data", "HELD-OUT", "--max-new-tokens", "4", "--json")]
    [InlineData("chat", "--max-new-tokens", "4", "--temperature", "0")]
    [InlineData("show", "TRAIN", "--model", "MODEL", "--json")]
    [InlineData("score", "RECORDS")]
    [InlineData("doctor", "RECIPE", "--json")]
    public void AVerbSaysTheSame(string verb, params string[] arguments)
    {
        File.WriteAllText(_tiny["records.jsonl"], "{\"prompt\": \"How many figs?\", \"response\": \"12 figs\"}\n{\"prompt_ids\": [5, 6, 7], \"response_ids\": [8, 9]}\n");
        Output(verb, _file, arguments).ShouldBe(Output(verb, _tiny.Model, arguments));
    }

    [Fact]
    public void TheFilesOwnChatTemplatesAreFound()
    {
        ChatTemplate.Load(_file).Render([new("user", "Hi")], addGenerationPrompt: true).ShouldBe("<|end|><user>Hi<|end|><assistant>");
        ChatTemplate.Load(_file, "short").Render([new("user", "Hi")], addGenerationPrompt: true).ShouldBe("Hi");
        Output("show", _file, ["TRAIN", "--model", "MODEL", "--template", "chat"]).ShouldContain("<user>");
    }

    [Fact]
    public void ARunFromAFileLeavesFoldersThatLoadWithTheSameIdsAndLogits()
    {
        var fromFolder = _tiny.Run(_tiny.Recipe(), "from-folder");
        var fromFile = _tiny.Run(_tiny.Recipe() with { Model = new ModelSettings { Path = _file, Dtype = ComputeType.Float32 } }, "from-file");

        var checkpoint = Path.Combine(fromFile, "iteration-01", "checkpoint");
        File.ReadAllBytes(Path.Combine(checkpoint, "model.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(fromFolder, "iteration-01", "checkpoint", "model.safetensors")));
        Directory.GetFiles(checkpoint).Select(Path.GetFileName).ShouldBe(["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"], ignoreOrder: true);
        var (saved, original) = (Tokenizer.Load(checkpoint), Tokenizer.Load(_file));
        const string text = "Ann has 12 figs.<|end|> Führer\n\n  x";
        saved.Encode(text, addSpecialTokens: true).ShouldBe(original.Encode(text, addSpecialTokens: true));
        (saved.EosId, saved.BosId).ShouldBe((original.EosId, original.BosId));
        ChatTemplate.Load(checkpoint, "short").Render([new("user", "Hi")], addGenerationPrompt: true).ShouldBe("Hi");
        ChatTemplate.Load(checkpoint).Render([new("user", "Hi")], addGenerationPrompt: false).ShouldBe("<|end|><user>Hi<|end|>");

        // The run goes on from the file, and notices when it is another.
        File.AppendAllText(_file, "x");
        Should.Throw<TSpinException>(() => _tiny.Run(_tiny.Recipe() with { Model = new ModelSettings { Path = _file, Dtype = ComputeType.Float32 } }, "from-file"))
            .Message.ShouldContain("changed since this run began");
    }

    [Fact]
    public void AnAdapterTrainedOnAFileMergesIntoAFolder()
    {
        var recipe = _tiny.Recipe() with { Model = new ModelSettings { Path = _file, Dtype = ComputeType.Float32 }, Lora = new LoraSettings { Rank = 2 } };
        var adapter = Path.Combine(_tiny.Run(recipe, "run"), "iteration-01", "checkpoint");
        File.Exists(Path.Combine(adapter, "config.json")).ShouldBeFalse();
        File.Exists(Path.Combine(adapter, "tokenizer.json")).ShouldBeTrue();

        Invoke(MergeCommand.Create(), adapter, "--out", _tiny["merged"]).Code.ShouldBe(0);
        using var merged = DecoderLoader.Load(_tiny["merged"]);
        merged.Config.HiddenSize.ShouldBe(16);
        Tokenizer.Load(_tiny["merged"]).VocabularySize.ShouldBe(280);
    }

    [Fact]
    public void TokenizerFilesInAFolderBesideTheFileGoBeforeItsOwn()
    {
        Directory.CreateDirectory(_tiny["beside"]);
        File.Move(_file, _tiny["beside", "a.gguf"]);
        File.Copy(Path.Combine(_tiny.Model, "tokenizer.json"), _tiny["beside", "tokenizer.json"]);
        var run = _tiny.Run(_tiny.Recipe(Methods.Sft) with { Model = new ModelSettings { Path = _tiny["beside"], Dtype = ComputeType.Float32 } }, "run");
        File.ReadAllBytes(Path.Combine(run, "iteration-00", "checkpoint", "tokenizer.json")).ShouldBe(File.ReadAllBytes(_tiny["beside", "tokenizer.json"]));
        ChatTemplate.Load(Path.Combine(run, "iteration-00", "checkpoint")).Render([new("user", "Hi")], addGenerationPrompt: false).ShouldBe("<|end|><user>Hi<|end|>");
    }

    public void Dispose() => _tiny.Dispose();

    private string Output(string verb, string model, string[] arguments)
    {
        var (input, outFile) = (Console.In, _tiny["out.jsonl"]);
        File.Delete(outFile);
        File.WriteAllText(_tiny["recipe.yaml"], $"name: dry\nmodel:\n  path: {model}\ndata:\n  train: {_tiny.Train}\noutput:\n  directory: {_tiny["runs"]}\n");
        string[] given = [.. arguments.Select(argument => argument switch
        {
            "TRAIN" => _tiny.Train, "HELD-OUT" => _tiny.HeldOut, "OUT" => outFile, "MODEL" => model, "RECORDS" => _tiny["records.jsonl"], "RECIPE" => _tiny["recipe.yaml"], _ => argument,
        })];
        var command = verb switch
        {
            "tokenize" => TokenizeCommand.Create(),
            "generate" => GenerateCommand.Create(),
            "eval" => EvalCommand.Create(),
            "chat" => ChatCommand.Create(),
            "show" => DataShowCommand.Create(),
            "score" => ScoreCommand.Create(),
            _ => DoctorCommand.Create(),
        };
        try
        {
            Console.SetIn(new StringReader("How many figs?\n"));
            var (code, output) = Invoke(command, verb is "show" or "doctor" ? given : [model, .. given]);
            code.ShouldBe(0);
            var plan = output.IndexOf("\"plan\"", StringComparison.Ordinal);
            output = Differing().Replace((plan < 0 ? output : output[plan..]).Replace(model, "MODEL", StringComparison.Ordinal), "");
            return output + (File.Exists(outFile) ? File.ReadAllText(outFile) : "");
        }
        finally
        {
            Console.SetIn(input);
        }
    }

    // What a clock says, what lies beside the weights, of which a GGUF file has its own, and which file names an end.
    [GeneratedRegex(@"""(seconds|disk_bytes)"":[^,}]*|""sources"":\[[^\]]*\]")]
    private static partial Regex Differing();

    private static (int Code, string Output) Invoke(Command command, params string[] arguments) => InvokedVerb.Invoke(command, arguments);
}
