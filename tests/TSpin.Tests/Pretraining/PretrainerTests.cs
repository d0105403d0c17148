using Shouldly;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Logging;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Pretraining;
using TSpin.Prompts;
using TSpin.SelfPlay;
using TSpin.TensorBoard;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Pretraining;

public sealed class PretrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_made_that_loads_and_has_learned()
    {
        var losses = Run(Recipe(30), "model");
        losses.Count.ShouldBe(30);
        losses[..5].Average().ShouldBeGreaterThan(losses[^5..].Average() + 0.5);
        using var model = DecoderLoader.Load(_folder["model"]);
        var tokenizer = Tokenizer.Load(_folder["model"]);
        model.Config.VocabularySize.ShouldBe(tokenizer.VocabularySize);
        model.Config.StoredType.ShouldBe(DType.BFloat16);
        model.Config.EosIds.ShouldBe([tokenizer.IdOf(Pretrainer.EndOfText)!.Value]);
        var generator = new Generator(model, tokenizer, new SamplingOptions { MaxNewTokens = 4, Temperature = 0, BatchSize = 1 });
        generator.Generate([new PromptTokens(0, tokenizer.Encode("one", addSpecialTokens: true), "one")], new ResponseSeeds(1, "generation"), default).Single().Tokens.ShouldNotBeEmpty();

        var log = JsonLinesReader.Read<PretrainingStep>(_folder["model", "pretrain-log.jsonl"]).ToArray();
        log.Select(line => line.Step).ShouldBe(Enumerable.Range(1, 30));
        log.Select(line => line.Loss).ShouldBe(losses);
        // Two cycles of 15 steps: the second begins at 0 and rises again.
        log[15].LearningRate.ShouldBe(0);
        log[16].LearningRate.ShouldBeGreaterThan(log[14].LearningRate);
        PretrainRecipeTables.Recipe.Read(_folder["model", "recipe.yaml"], []).ShouldBe(Recipe(30));
        Directory.GetFiles(_folder["model"]).Select(Path.GetFileName).ShouldBe(
            [".tspin.lock", "config.json", "generation_config.json", "model.safetensors", "pretrain-log.jsonl", "recipe.yaml", "tokenizer.json"], ignoreOrder: true);
    }

    [Fact]
    public void The_same_recipe_makes_the_same_model_and_another_seed_another()
    {
        Run(Recipe(4), "a");
        Run(Recipe(4), "b");
        Run(Recipe(4) with { Seed = 2 }, "c");
        Weights("a").ShouldBe(Weights("b"));
        Weights("a").ShouldNotBe(Weights("c"));
    }

    [Fact]
    public void Tensorboards_events_have_each_step_once_after_a_stop_too()
    {
        var recipe = Recipe(6) with { Logging = new LoggingSettings { Tensorboard = true } };
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(
            () => Pretrainer.Run(Recipe(6), Document, _folder["model"], new Relay<StepMetrics>(step =>
        {
            if (step.Step == 4)
            {
                stop.Cancel();
            }
        }), stop.Token));
        // Turned on in the middle: what the log has is written first.
        Pretrainer.Run(recipe, Document, _folder["model"]);
        var events = EventFile.In(_folder["model"]).SelectMany(EventFile.Read).Where(record => record.Values.Count > 0)
            .ToArray();
        events.Select(record => record.Step).ShouldBe(Enumerable.Range(1, 6).Select(step => (long)step));
        events.SelectMany(record => record.Values).Where(value => value.Tag == StepScalars.Loss)
            .Select(value => value.Scalar!.Value)
            .ShouldBe(JsonLinesReader.Read<PretrainingStep>(_folder["model", "pretrain-log.jsonl"])
                .Select(step => (float)step.Loss));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Stopped_at_any_step_it_ends_as_if_undisturbed(int saveEverySteps)
    {
        var recipe = Recipe(8) with { Training = Recipe(8).Training with { SaveEverySteps = saveEverySteps } };
        var losses = Run(recipe, "whole");
        for (var at = 1; at <= 8; at++)
        {
            using var stop = new CancellationTokenSource();
            var name = $"stopped-{at}";
            var watch = new Relay<StepMetrics>(step => { if (step.Step == at) { stop.Cancel(); } });
            if (at < 8)
            {
                Should.Throw<OperationCanceledException>(() => Pretrainer.Run(recipe, Document, _folder[name], watch, stop.Token));
                File.Exists(_folder[name, "model.safetensors"]).ShouldBeFalse();
            }

            Run(recipe, name);
            Weights(name).ShouldBe(Weights("whole"), $"stopped at step {at}");
            JsonLinesReader.Read<PretrainingStep>(_folder[name, "pretrain-log.jsonl"]).Select(line => line.Loss).ShouldBe(losses);
        }
    }

    [Fact]
    public void Killed_at_any_step_it_ends_as_if_undisturbed()
    {
        var recipe = Recipe(8) with { Training = Recipe(8).Training with { SaveEverySteps = 3 } };
        var watch = new Relay<StepMetrics>(step => TinyRun.Snapshot(_folder["whole"], _folder[$"killed-{step.Step}"]));
        Pretrainer.Run(recipe, Document, _folder["whole"], watch);
        for (var at = 1; at <= 8; at++)
        {
            var name = $"killed-{at}";
            File.AppendAllText(_folder[name, "pretrain-log.jsonl"], "{\"step\":");
            var done = Run(recipe, name).Count;
            done.ShouldBe(8 - ((at - 1) / 3 * 3), name);
            Weights(name).ShouldBe(Weights("whole"), name);
            JsonLinesReader.Read<PretrainingStep>(_folder[name, "pretrain-log.jsonl"]).Select(line => line.Step).ShouldBe(Enumerable.Range(1, 8));
        }
    }

    [Fact]
    public void A_finished_model_is_left_alone()
    {
        Run(Recipe(3), "model");
        var before = File.GetLastWriteTimeUtc(_folder["model", "model.safetensors"]);
        Run(Recipe(3), "model").ShouldBeEmpty();
        File.GetLastWriteTimeUtc(_folder["model", "model.safetensors"]).ShouldBe(before);
        File.ReadAllLines(_folder["model", "pretrain-log.jsonl"]).Length.ShouldBe(3);
    }

    [Fact]
    public void Another_recipe_or_another_model_in_the_folder_is_refused()
    {
        Run(Recipe(3), "model");
        Should.Throw<TSpinException>(() => Run(Recipe(4), "model")).Message.ShouldStartWith(_folder["model", "recipe.yaml"]);

        Directory.CreateDirectory(_folder["theirs"]);
        File.WriteAllText(_folder["theirs", "model.safetensors"], "precious");
        Should.Throw<TSpinException>(() => Run(Recipe(3), "theirs")).Message.ShouldContain("already holds a model");
        File.ReadAllText(_folder["theirs", "model.safetensors"]).ShouldBe("precious");
        File.Exists(_folder["theirs", "recipe.yaml"]).ShouldBeFalse();
    }

    [Fact]
    public void A_file_of_documents_that_changed_is_named()
    {
        var file = _folder["documents.jsonl"];
        File.WriteAllLines(file, Enumerable.Range(0, 40).Select(i => $$"""{"text": "{{Document(i).Prompt}} {{Document(i).Response}}"}"""));
        var recipe = Recipe(6);
        recipe = recipe with { Data = recipe.Data with { Documents = file } };
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Pretrainer.Run(
            recipe, PretrainingFile.Read(file, 1), _folder["model"], new Relay<StepMetrics>(_ => stop.Cancel()), stop.Token));
        var whole = File.ReadAllText(file);
        File.AppendAllText(file, """{"text": "one more"}""");
        Should.Throw<TSpinException>(() => Pretrainer.Run(recipe, PretrainingFile.Read(file, 1), _folder["model"])).Message
            .ShouldStartWith($"{file}: changed since this model was begun");
        File.WriteAllText(file, whole);
        Pretrainer.Run(recipe, PretrainingFile.Read(file, 1), _folder["model"]);
        File.Exists(_folder["model", "model.safetensors"]).ShouldBeTrue();
        File.Exists(_folder["model", "documents.fingerprint"]).ShouldBeFalse();
    }

    [Fact]
    public void A_document_longer_than_the_positions_is_cut()
    {
        var longText = string.Concat(Enumerable.Repeat("seven apples and eight pears ", 100));
        var losses = new List<double>();
        Pretrainer.Run(
            Recipe(3), index => index % 2 == 0 ? new PretrainingDocument("", longText) : Document(index), _folder["model"], new Relay<StepMetrics>(step =>
            {
                step.TokensAnnotated.ShouldBeLessThan(64);
                losses.Add(step.Loss);
            }));
        losses.ShouldAllBe(loss => double.IsFinite(loss));
    }

    [Fact]
    public void A_step_that_is_not_finite_stops_it()
    {
        var recipe = Recipe(5) with { Training = Recipe(5).Training with { LearningRate = [1e37], ClipNorm = null, WarmupShare = 0 } };
        Should.Throw<NonFiniteException>(() => Run(recipe, "model")).ExitCode.ShouldBe(4);
        File.Exists(_folder["model", "model.safetensors"]).ShouldBeFalse();
    }

    [Fact]
    public void Documents_of_a_file_come_once_per_pass_in_an_order_of_its_own()
    {
        File.WriteAllLines(_folder["documents.jsonl"], Enumerable.Range(0, 10).Select(n => n % 2 == 0 ? $$"""{"text":"t{{n}}"}""" : $$"""{"prompt":"p","response":"t{{n}}"}"""));
        var document = PretrainingFile.Read(_folder["documents.jsonl"], 5);
        var passes = Enumerable.Range(0, 30).Select(i => document(i).Response).Chunk(10).ToArray();
        foreach (var pass in passes)
        {
            pass.Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, 10).Select(n => $"t{n}"));
        }

        passes[0].ShouldNotBe(passes[1]);
        // Out of order too: a stopped training goes back.
        document(3).Response.ShouldBe(passes[0][3]);
        document(27).Response.ShouldBe(passes[2][7]);
    }

    [Theory]
    [InlineData("", "has no documents")]
    [InlineData("{\"text\":\"a\"}\n{\"texts\":\"b\"}\n", "record 2")]
    [InlineData("{\"text\":7}\n", "record 1")]
    [InlineData("[1]\n", "record 1")]
    [InlineData("{\"text\":\"a\"\n", "documents.jsonl:1")]
    public void A_bad_file_of_documents_is_named(string content, string part)
    {
        File.WriteAllText(_folder["documents.jsonl"], content);
        var message = Should.Throw<TSpinException>(() => PretrainingFile.Read(_folder["documents.jsonl"], 5)).Message;
        message.ShouldStartWith(_folder["documents.jsonl"]);
        message.ShouldContain(part);
    }

    private List<double> Run(PretrainRecipe recipe, string name)
    {
        var losses = new List<double>();
        Pretrainer.Run(recipe, Document, _folder[name], new Relay<StepMetrics>(step => losses.Add(step.Loss)));
        return losses;
    }

    private static PretrainingDocument Document(long index) => new($"Count from {index % 5}: ", string.Join(' ', Enumerable.Range((int)(index % 5), 4)));

    private byte[] Weights(string name) => File.ReadAllBytes(_folder[name, "model.safetensors"]);

    private static PretrainRecipe Recipe(int steps) => new()
    {
        Name = "tiny",
        Seed = 1,
        Model = new PretrainModelSettings { HiddenSize = 16, IntermediateSize = 24, Layers = 1, Heads = 2, KeyValueHeads = 1, MaxPositions = 64, Dtype = ComputeType.Float32 },
        Data = new PretrainDataSettings { VocabularySize = 262, TokenizerDocuments = 20 },
        Training = new PretrainTrainingSettings { Cycles = [steps / 2, steps - (steps / 2)], BatchSize = 4, MicroBatchSize = 3, LearningRate = [1e-2], SaveEverySteps = 0 },
    };
}
