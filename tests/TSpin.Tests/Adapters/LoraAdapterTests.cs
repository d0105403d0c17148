using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Cli;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Safetensors;
using TSpin.Scoring;
using TSpin.SelfPlay;
using TSpin.Tests.Models;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Adapters;

public sealed class LoraAdapterTests
{
    [Theory]
    [InlineData("gemma2")]
    [InlineData("llama-gqa")]
    [InlineData("llama-headdim-bias")]
    [InlineData("phi3")]
    [InlineData("qwen3")]
    public void Recorded_adapters_compute_what_PEFT_computed(string name)
    {
        var report = global::TSpin.Checks.AdapterCheck.Run(SharedFolder.Require("reference", "lora", name), SharedFolder.Require("reference", "models", name));
        report.Passed.ShouldBeTrue(report.ToText());
    }

    [Fact]
    public void A_new_adapter_changes_nothing_and_a_changed_one_merges_to_the_same_logits()
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        var before = Logits(model);
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 3, Alpha = 6, TargetModules = ["all-linear"] }, model, 5);
        adapter.Parameters.Count.ShouldBe(2 * 2 * 7, "A and B of seven projections in two blocks");
        model.Adapter = adapter;
        Logits(model).ShouldBe(before);

        using (GradMode.Off())
        {
            foreach (var (name, parameter) in adapter.Parameters.Where(parameter => parameter.Key.Contains("lora_B", StringComparison.Ordinal)))
            {
                using var scope = new TensorScope();
                using var generator = new RandomGenerator(NamedSeed.Derive(1, name));
                parameter.CopyFrom(Tensor.Empty(parameter.Shape).FillNormal(0, 0.3, generator));
            }
        }

        var adapted = Logits(model);
        Distance(adapted, before).ShouldBeGreaterThan(0.01);

        adapter.Save(tiny["adapter"]);
        using var again = LoraAdapter.Load(tiny["adapter"], model);
        model.Adapter = again;
        Logits(model).ShouldBe(adapted);

        model.Adapter = null;
        again.MergeInto(model);
        Distance(Logits(model), adapted).ShouldBeLessThan(1e-4);
    }

    [Fact]
    public void The_scale_is_alpha_over_r_or_over_its_root_and_patterns_come_first()
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        const string module = "model.layers.1.self_attn.q_proj";
        using var input = Tensor.Full([1, 16], 1);
        Delta(new LoraConfig { Rank = 4, Alpha = 8 }).ShouldBe(2 * 16 * 4, 1e-4);
        Delta(new LoraConfig { Rank = 4, Alpha = 8, UseRsLora = true }).ShouldBe(4 * 16 * 4, 1e-4);
        Delta(new LoraConfig { Rank = 4, Alpha = 8, RankPattern = new Dictionary<string, int> { ["layers.1.self_attn.q_proj"] = 2 } }).ShouldBe(4 * 16 * 2, 1e-4);
        Delta(new LoraConfig { Rank = 4, Alpha = 8, AlphaPattern = new Dictionary<string, double> { ["q_proj"] = 4 } }).ShouldBe(1 * 16 * 4, 1e-4);

        // With A and B all ones every output is scale * in * r.
        double Delta(LoraConfig config)
        {
            using var scope = new TensorScope();
            using var off = GradMode.Off();
            using var adapter = LoraAdapter.Create(config, model, 1);
            foreach (var parameter in adapter.Parameters.Values)
            {
                parameter.CopyFrom(Tensor.Full(parameter.Shape, 1));
            }

            return adapter.Delta(module, input).ToArray<float>()[0];
        }
    }

    [Theory]
    [InlineData("gpt2", true, "base_model.model.transformer.h.1.", new[] { "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj" })]
    [InlineData("gpt_neox, parallel", false, "base_model.model.gpt_neox.layers.1.", new[] { "attention.query_key_value", "attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h" })]
    [InlineData("phi3, fused", false, "base_model.model.model.layers.1.", new[] { "self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj" })]
    [InlineData("gemma2, soft-caps and windows", false, "base_model.model.model.layers.1.", new[] { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj" })]
    [InlineData("gemma3_text, two ropes", false, "base_model.model.model.layers.1.", new[] { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj" })]
    [InlineData("olmo2, norms after and over whole projections", false, "base_model.model.model.layers.1.", new[] { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj" })]
    public void Files_have_the_names_and_shapes_that_PEFT_looks_for(string family, bool fanInFanOut, string block, string[] modules)
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.All[family];
        using var model = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, model, 1);
        adapter.Save(folder.Path);
        JsonNode.Parse(File.ReadAllText(folder["adapter_config.json"]))!["fan_in_fan_out"]!.GetValue<bool>().ShouldBe(fanInFanOut);
        using var file = SafetensorsFile.Open(folder[LoraAdapter.WeightsFile]);
        file.Tensors.Keys.Where(name => name.StartsWith(block, StringComparison.Ordinal))
            .ShouldBe(modules.SelectMany(module => new[] { $"{block}{module}.lora_A.weight", $"{block}{module}.lora_B.weight" }), ignoreOrder: true);
        file.Tensors.Count.ShouldBe(2 * 2 * modules.Length, "nothing but the projections of the two blocks");
        foreach (var module in modules)
        {
            var shape = model.Parameters[(block + module)["base_model.model.".Length..] + ".weight"].Shape;
            var (input, output) = fanInFanOut ? (shape[0], shape[1]) : (shape[1], shape[0]);
            file.Tensors[$"{block}{module}.lora_A.weight"].Shape.ShouldBe([2, input]);
            file.Tensors[$"{block}{module}.lora_B.weight"].Shape.ShouldBe([output, 2]);
        }

        using var again = LoraAdapter.Load(folder.Path, model);
        again.Config.Dropout.ShouldBe(0);
    }

    [Theory]
    [InlineData("gpt_neox, parallel", "lm_head", "embed_out")]
    [InlineData("gemma3_text, two ropes", "model.layers.1.mlp.up_proj", "language_model.model.layers.1.mlp.up_proj")]
    [InlineData("gemma3_text, two ropes", "model.layers.1.mlp.up_proj", "model.language_model.layers.1.mlp.up_proj")]
    public void Modules_are_found_under_the_names_that_other_versions_and_larger_models_give_them(string family, string module, string other)
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.All[family];
        using var model = SmallModels.Decoder(config, SmallModels.Weights(config));
        using (var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = [module] }, model, 1))
        {
            adapter.Save(folder.Path);
        }

        // PEFT saw the other name: in the weights' file, and in a pattern for the whole of it.
        var path = folder["adapter_config.json"];
        File.WriteAllText(path, File.ReadAllText(path).Replace($"[\n    \"{module}\"\n  ]", $"\"{other.Replace(".", "\\\\.", StringComparison.Ordinal)}\"", StringComparison.Ordinal));
        JsonNode.Parse(File.ReadAllText(path))!["target_modules"]!.GetValue<string>().ShouldContain(other.Split('.')[0]);
        List<WeightToWrite> renamed = [];
        using (var file = SafetensorsFile.Open(folder[LoraAdapter.WeightsFile]))
        {
            renamed.AddRange(file.Tensors.Values.Select(entry => WeightToWrite.FromMemory(entry.Name.Replace(module, other, StringComparison.Ordinal), entry.Type, entry.Shape, file.Bytes(entry).ToArray())));
        }

        SafetensorsWriter.Write(folder[LoraAdapter.WeightsFile], renamed, new Dictionary<string, string>());
        using var again = LoraAdapter.Load(folder.Path, model);
        again.Adapts(module).ShouldBeTrue();
        again.Parameters.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"target_modules": ["q_proj", "mlp.up_proj"]}""", 4)]
    [InlineData("""{"target_modules": "all-linear"}""", 14)]
    [InlineData("""{"target_modules": "model\\.layers\\.0\\..*_proj"}""", 7)]
    [InlineData("""{"target_modules": ["q_proj", "v_proj"], "layers_to_transform": [1]}""", 2)]
    [InlineData("""{"target_modules": ["q_proj", "v_proj"], "layers_to_transform": 0, "layers_pattern": "layers"}""", 2)]
    [InlineData("""{"target_modules": ["q_proj", "v_proj"], "exclude_modules": ["model.layers.0.self_attn.q_proj"]}""", 3)]
    [InlineData("""{"target_modules": ["lm_head", "q_proj"]}""", 3)]
    [InlineData("""{"target_modules": ["model.layers.0.self_attn.q_proj", "v_proj"], "layers_to_transform": [1]}""", 2)]
    public void Targets_are_those_that_PEFT_finds(string json, int modules)
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        Write(tiny["adapter"], json);
        using var adapter = LoraAdapter.Create(LoraAdapter.ReadConfig(tiny["adapter"]), model, 1);
        adapter.Parameters.Count.ShouldBe(2 * modules, string.Join('\n', adapter.Parameters.Keys));
    }

    [Theory]
    [InlineData("""{"r": 0}""", "r is 0")]
    [InlineData("""{"r": "four"}""", "adapter_config.json")]
    [InlineData("""{"bias": "all"}""", "bias")]
    [InlineData("""{"use_dora": true}""", "use_dora")]
    [InlineData("""{"modules_to_save": ["lm_head"]}""", "modules_to_save")]
    [InlineData("""{"init_lora_weights": "pissa"}""", "init_lora_weights")]
    [InlineData("""{"peft_type": "IA3"}""", "IA3")]
    [InlineData("""{"target_modules": null}""", "target_modules")]
    [InlineData("""{"target_modules": ["c_attn"]}""", "q_proj")]
    [InlineData("""{"target_modules": "(("}""", "((")]
    [InlineData("""{"something_new": {"on": 1}}""", "something_new")]
    [InlineData("""{"layers_to_transform": [1], "layers_pattern": "(("}""", "((")]
    [InlineData("""{"rank_pattern": {"((": 4}}""", "((")]
    [InlineData("""{"lora_alpha": 1e999}""", "lora_alpha")]
    [InlineData("""{"bias": "lora_only"}""", "lora_only")]
    [InlineData("""{"lora_dropout": 1.5}""", "lora_dropout")]
    [InlineData("""{"layers_pattern": "layers"}""", "layers_pattern")]
    [InlineData("""{"target_modules": ".*q_proj", "layers_to_transform": [1]}""", "layers_to_transform")]
    [InlineData("""{"target_modules": "(?<name>q_proj)"}""", "Python")]
    [InlineData("""{"target_modules": "((.*)*)*!"}""", "timed out")]
    [InlineData("""{"init_lora_weights": "olora"}""", "olora")]
    [InlineData("""{"layer_replication": [[0, 2]]}""", "layer_replication")]
    [InlineData("""{"target_parameters": ["mlp.experts.gate_up_proj"]}""", "target_parameters")]
    [InlineData("""{"trainable_token_indices": [1, 2]}""", "trainable_token_indices")]
    [InlineData("""{"lora_bias": true}""", "lora_bias")]
    public void What_is_not_done_here_is_refused_by_name(string change, string words)
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        Write(tiny["adapter"], change);
        Should.Throw<TSpinException>(() => LoraAdapter.Create(LoraAdapter.ReadConfig(tiny["adapter"]), model, 1)).Message.ShouldContain(words);
    }

    [Fact]
    public void Dropout_is_for_training_alone_which_it_stops()
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        Write(tiny["adapter"], """{"lora_dropout": 0.05}""");
        using var adapter = LoraAdapter.Create(LoraAdapter.ReadConfig(tiny["adapter"]), model, 1);
        var before = Logits(model);
        model.Adapter = adapter;
        Logits(model).ShouldBe(before);
        Should.Throw<TSpinException>(() => model.Training.RequireGradients(true)).Message.ShouldContain("lora_dropout is 0.05");
        adapter.Save(tiny["again"]);
        LoraAdapter.ReadConfig(tiny["again"]).Dropout.ShouldBe(0.05);
    }

    [Fact]
    public void Fields_of_any_other_value_load_or_are_refused()
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        using (var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2 }, model, 1))
        {
            adapter.Save(tiny["adapter"]);
        }

        var path = tiny["adapter", "adapter_config.json"];
        var whole = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        string[] values = ["null", "true", "-1", "0", "1e300", "2147483648", "0.5", "\"\"", "\"((a+)+)+$\"", "\"all-linear\"", "[]", "[null]", "[[1]]", "[\"\"]", "{}", "{\"(\": 1}", "{\"q_proj\": null}", "{\"q_proj\": 1e9}", "[1, 1e20]", "\"\\ud800\""];
        foreach (var field in whole.Select(item => item.Key).Append("a_field_of_tomorrow").ToArray())
        {
            foreach (var value in values)
            {
                var changed = whole.ToDictionary(item => item.Key, item => item.Value?.ToJsonString() ?? "null", StringComparer.Ordinal);
                changed[field] = value;
                File.WriteAllText(path, "{" + string.Join(',', changed.Select(item => $"\"{item.Key}\":{item.Value}")) + "}");
                try
                {
                    LoraAdapter.Load(tiny["adapter"], model).Dispose();
                }
                catch (TSpinException error)
                {
                    error.Message.Length.ShouldBeLessThan(1500, field);
                }
            }
        }
    }

    [Fact]
    public void Files_that_do_not_fit_are_named()
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        using (var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2 }, model, 1))
        {
            adapter.Save(tiny["adapter"]);
        }

        Write(tiny["adapter"], """{"r": 3}""");
        Should.Throw<TSpinException>(() => LoraAdapter.Load(tiny["adapter"], model)).Message.ShouldContain("layers.0.self_attn.q_proj.lora_A.weight is [2, 16]");
        Write(tiny["adapter"], """{"r": 2, "target_modules": ["q_proj"]}""");
        Should.Throw<TSpinException>(() => LoraAdapter.Load(tiny["adapter"], model)).Message.ShouldContain("v_proj");
        Write(tiny["adapter"], """{"r": 2, "target_modules": ["q_proj", "v_proj", "k_proj"]}""");
        Should.Throw<TSpinException>(() => LoraAdapter.Load(tiny["adapter"], model)).Message.ShouldContain("k_proj.lora_A.weight is missing");
        File.Move(tiny["adapter", LoraAdapter.WeightsFile], tiny["adapter", "adapter_model.bin"]);
        Should.Throw<TSpinException>(() => LoraAdapter.Load(tiny["adapter"], model)).Message.ShouldContain("pickle");
    }

    [Fact]
    public void Mutated_files_load_or_are_refused()
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        using (var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2 }, model, 1))
        {
            adapter.Save(tiny["adapter"]);
        }

        var random = new RandomStream(NamedSeed.Derive(9, "lora"));
        foreach (var file in (string[])["adapter_config.json", LoraAdapter.WeightsFile])
        {
            var whole = File.ReadAllBytes(tiny["adapter", file]);
            for (var i = 0; i < 300; i++)
            {
                var bytes = whole.ToArray();
                bytes[random.NextInt(Math.Min(bytes.Length, 1200))] = (byte)random.NextInt(256);
                File.WriteAllBytes(tiny["adapter", file], random.NextInt(4) == 0 ? bytes[..random.NextInt(bytes.Length)] : bytes);
                try
                {
                    LoraAdapter.Load(tiny["adapter"], model).Dispose();
                }
                catch (TSpinException)
                {
                    // What else it may do: nothing.
                }
            }

            File.WriteAllBytes(tiny["adapter", file], whole);
        }
    }

    [Fact]
    public void A_run_trains_the_adapter_alone_resumes_bit_for_bit_and_its_checkpoint_answers()
    {
        using var tiny = new TinyRun(DType.BFloat16);
        var recipe = tiny.Recipe() with
        {
            Lora = new LoraSettings { Rank = 4 },
            Training = new TrainingSettings { Iterations = 2, Epochs = 6, BatchSize = 4, MicroBatchSize = 3, LearningRate = [2e-2], SaveEverySteps = 1 },
        };
        var run = tiny.Run(recipe, "run");
        var steps = File.ReadLines(tiny["run", "iteration-00", "metrics.jsonl"]).Select(line => JsonNode.Parse(line)!["loss"]!.GetValue<double>()).ToArray();
        steps[^2..].Average().ShouldBeLessThan(steps[..2].Average());

        var checkpoint = new RunFolder(run).Checkpoint(1);
        Directory.GetFiles(checkpoint).Select(Path.GetFileName).Order().ShouldBe(["adapter_config.json", "adapter_model.safetensors", "generation_config.json", "tokenizer.json"]);
        JsonNode.Parse(File.ReadAllText(Path.Combine(checkpoint, "adapter_config.json")))!["base_model_name_or_path"]!.GetValue<string>().ShouldBe(tiny.Model);

        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "stopped", value =>
        {
            if (value is Stepped { Iteration: 1, Metrics.Step: 3 })
            {
                stop.Cancel();
            }
        }, stop.Token));
        tiny.Run(recipe, "stopped");
        TinyRun.Outcome(tiny["stopped"]).ShouldBe(TinyRun.Outcome(run));

        string[] prompts = ["--prompts", tiny.Train, "--max-new-tokens", "6", "--temperature", "0", "--dtype", "float32"];
        Invoke(GenerateCommand.Create(), [checkpoint, "--out", tiny["adapted.jsonl"], .. prompts]).ShouldBe(0);
        Invoke(MergeCommand.Create(), [checkpoint, "--out", tiny["merged"]]).ShouldBe(0);
        Invoke(GenerateCommand.Create(), [tiny["merged"], "--out", tiny["merged.jsonl"], .. prompts]).ShouldBe(0);
        Answers(tiny["merged.jsonl"]).ShouldBe(Answers(tiny["adapted.jsonl"]));

        // An adapter says where its base was; --base says where it is.
        var renamed = tiny["elsewhere"];
        Directory.Move(tiny.Model, renamed);
        Should.Throw<TSpinException>(() => GenerateCommand.Create().Parse([checkpoint, "--out", tiny["none.jsonl"], .. prompts]).Invoke(new System.CommandLine.InvocationConfiguration { EnableDefaultExceptionHandler = false })).Message.ShouldContain("--base");
        Invoke(GenerateCommand.Create(), [checkpoint, "--base", renamed, "--out", tiny["based.jsonl"], .. prompts]).ShouldBe(0);
        Answers(tiny["based.jsonl"]).ShouldBe(Answers(tiny["adapted.jsonl"]));

        static string[] Answers(string path) => [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!["text"]!.ToJsonString())];
    }

    [Fact]
    public void A_run_goes_on_from_an_adapter_that_was_trained_elsewhere()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe() with { Lora = new LoraSettings { Rank = 4, Alpha = 12, TargetModules = ["q_proj", "down_proj"] }, Training = new TrainingSettings { Iterations = 1, BatchSize = 4, LearningRate = [2e-2] } };
        var given = new RunFolder(tiny.Run(recipe, "given")).Checkpoint(0);
        // Trained on at no step size worth mentioning, it is still the adapter it was; a new one would be zero.
        var next = recipe with { Lora = new LoraSettings { Adapter = given }, Training = recipe.Training with { LearningRate = [1e-30] } };
        var continued = new RunFolder(tiny.Run(next, "continued")).Checkpoint(0);

        using (var model = DecoderLoader.Load(tiny.Model))
        using (var before = LoraAdapter.Load(given, model))
        using (var after = LoraAdapter.Load(continued, model))
        {
            (after.Config.Rank, after.Config.Alpha, after.Config.BaseModel).ShouldBe((4, 12.0, tiny.Model));
            after.Config.TargetModules.ShouldBe(["down_proj", "q_proj"]);
            foreach (var (name, value) in before.Parameters)
            {
                Distance(after.Parameters[name].ToArray<float>(), value.ToArray<float>()).ShouldBeLessThan(1e-6, name);
            }

            before.Parameters.Where(parameter => parameter.Key.Contains("lora_B", StringComparison.Ordinal)).SelectMany(parameter => parameter.Value.ToArray<float>()).Max(Math.Abs).ShouldBeGreaterThan(1e-3f);
        }

        tiny.Run(next with { Lora = new LoraSettings { Adapter = given, Rank = 4, Alpha = 12, TargetModules = ["down_proj", "q_proj"] } }, "agreeing");
        Refused(new LoraSettings { Adapter = given, Rank = 5 }, "lora.rank: 5", "has 4");
        Refused(new LoraSettings { Adapter = given, Alpha = 8 }, "lora.alpha: 8", "has 12");
        Refused(new LoraSettings { Adapter = given, RsLora = true }, "lora.rslora", "has False");
        Refused(new LoraSettings { Adapter = given, TargetModules = ["k_proj"] }, "lora.target_modules: k_proj", "has down_proj, q_proj");
        Refused(new LoraSettings { Adapter = tiny["nowhere"] }, "nowhere", "adapter_model.safetensors");

        File.AppendAllText(Path.Combine(given, "adapter_config.json"), " ");
        Should.Throw<TSpinException>(() => tiny.Run(next, "continued")).Message.ShouldContain("adapter_config.json: changed since this run began");

        void Refused(LoraSettings settings, string what, string why) =>
            Should.Throw<TSpinException>(() => RunPlan.Of(recipe with { Lora = settings })).Message.ShouldSatisfyAllConditions(text => text.ShouldContain(what), text => text.ShouldContain(why));
    }

    [Fact]
    public void The_plan_counts_the_adapter_on_disk_not_the_model()
    {
        using var tiny = new TinyRun();
        var whole = tiny.Recipe() with { Generation = new GenerationSettings { MaxNewTokens = 1 }, Evaluation = new EvaluationSettings() };
        var adapter = whole with { Lora = new LoraSettings { Rank = 1 } };
        var config = DecoderConfigReader.Read(tiny.Model);
        var saved = (config.ParameterCount - TrainingMemory.AdapterParameters(config, 1)) * 4 * (2 + 2 + 2);

        (RunPlan.Of(whole).DiskBytes - RunPlan.Of(adapter).DiskBytes).ShouldBe(saved);
        var run = tiny.Run(adapter, "run");
        Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).Where(file => file.Contains("checkpoint", StringComparison.Ordinal)).Sum(file => new FileInfo(file).Length)
            .ShouldBeLessThan(RunPlan.Of(adapter).DiskBytes);
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW, 2)]
    [InlineData(OptimizerKind.RmsProp, 1)]
    public void Beyond_the_base_in_the_compute_type_only_the_adapter_its_gradients_and_its_state_are_held(OptimizerKind kind, int states)
    {
        using var tiny = new TinyRun(DType.BFloat16);
        using var model = DecoderLoader.Load(tiny.Model, DType.BFloat16, DType.BFloat16);
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, model, 1);
        model.Adapter = adapter;
        model.Training.RequireGradients(true);
        using var optimizer = Optimizer.For(new TrainingSettings { Optimizer = kind }, model);
        var trainer = new Trainer(model, new TSpinObjective(0.1, 0.1, Link.Logistic), optimizer, LogProbReduction.Sum, 1, null);
        Triplet[] triplets = [new(0, [1, 2, 3], [4, 5], [6], [7, 8]), new(1, [9, 2], [4, 5, 6], [16], [7, 18])];
        for (var step = 1; step <= 3; step++)
        {
            trainer.Step(triplets, null, 1e-3, new StepPlace(1, 0, step, 3));
        }

        model.Parameters.Values.ShouldAllBe(parameter => parameter.DType == DType.BFloat16 && !parameter.RequiresGrad && parameter.Grad() == null);
        model.Weights.Residues.ShouldBeEmpty();
        optimizer.State.Values.Sum(state => state.ElementCount).ShouldBe(states * adapter.Parameters.Values.Sum(parameter => parameter.ElementCount));
        adapter.Parameters.Values.ShouldAllBe(parameter => parameter.DType == DType.Float32);
        using var inference = model.ForInference(DType.BFloat16);
        inference.Adapter!.Parameters.Values.ShouldAllBe(parameter => parameter.DType == DType.BFloat16);
    }

    [Fact]
    public void Only_the_adapter_has_gradients_and_optimizer_state()
    {
        using var tiny = new TinyRun();
        using var model = DecoderLoader.Load(tiny.Model);
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2 }, model, 1);
        model.Adapter = adapter;
        model.Training.RequireGradients(true);
        using var optimizer = Optimizer.For(new TrainingSettings(), model.Training.Parameters);
        using (var scope = new TensorScope())
        {
            new PackedForward().Run(model, [new Triplet(0, [1, 2, 3], [4, 5], [6], [7, 8])]).Annotated.Sum().Backward();
        }

        model.Parameters.Values.ShouldAllBe(parameter => parameter.Grad() == null);
        adapter.Parameters.Values.ShouldAllBe(parameter => parameter.Grad() != null);
        optimizer.Step(1e-3);
        optimizer.State.Keys.ShouldAllBe(name => name.Contains("lora_", StringComparison.Ordinal));
    }

    private static void Write(string folder, string changes)
    {
        Directory.CreateDirectory(folder);
        var json = JsonNode.Parse("""{"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj", "v_proj"], "bias": "none"}""")!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            json[name] = value?.DeepClone();
        }

        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), json.ToJsonString());
    }

    private static float[] Logits(Decoder model)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var ids = Tensor.From([1L, 5, 9, 2, 7], [1, 5]);
        return model.Logits(model.Hidden(ids, AttentionLayout.Causal(5, model.Device))).To(DType.Float32).ToArray<float>();
    }

    private static double Distance(float[] a, float[] b) => a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second));

    private static int Invoke(System.CommandLine.Command command, string[] arguments) => command.Parse(arguments).Invoke();
}
