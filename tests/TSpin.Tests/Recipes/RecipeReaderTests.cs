using Shouldly;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.Recipes;

public sealed class RecipeReaderTests
{
    private const string Least = "model:\n  path: /models/m\ndata:\n  train: /data/train.jsonl\n";

    [Fact]
    public void The_least_recipe_gets_every_default()
    {
        var recipe = Parse(Least);
        recipe.ShouldBe(new Recipe
        {
            Model = new ModelSettings { Path = "/models/m" },
            Data = new DataSettings { Train = ["/data/train.jsonl"] },
            Output = new OutputSettings { Directory = Path.GetFullPath("runs") },
        });
    }

    [Fact]
    public void Every_field_is_read()
    {
        var recipe = Parse("""
            name: full-1.0
            method: tspin-no-history
            seed: 18446744073709551615
            model: {path: /m, dtype: bfloat16, device: "cuda:3"}
            data:
              train: [/a.jsonl, /b.json]
              format: prompt-response
              examples: 300
              skip_bad: true
            prompt:
              template: "Q: {prompt}\nA:"
              max_prompt_tokens: 100
              truncate: right
              max_sequence_tokens: 300
            generation: {max_new_tokens: 50, temperature: 0.7, top_p: 0.9, top_k: 40, batch_size: 16, stop: ["\n\n", "Q:"]}
            objective: {alpha: 0.3, beta: 0.5, link: exponential, lambda: 5, log_prob: mean}
            training:
              iterations: 3
              epochs: 1
              learning_rate: [5.0e-7, 5.0E-7, 1e-7]
              optimizer: adamw
              weight_decay: 0.01
              adam_beta1: 0.8
              adam_beta2: 0.95
              rmsprop_alpha: 0.9
              epsilon: 1e-6
              decay_biases_and_norms: false
              schedule: cosine
              warmup_share: 0
              batch_size: 16
              micro_batch_size: 4
              clip_norm: null
              save_every_steps: 100
            checkpoints: {keep: best, max_shard_bytes: 1.5 GiB}
            evaluation: {data: /test.jsonl, format: gsm8k, examples: 10, max_new_tokens: 20, batch_size: 5, sampled: true, initial: false, stop: "####"}
            output: {directory: /out}
            """);
        recipe.ShouldBe(new Recipe
        {
            Name = "full-1.0",
            Method = Methods.TSpinNoHistory,
            Seed = ulong.MaxValue,
            Model = new ModelSettings { Path = "/m", Dtype = ComputeType.BFloat16, Device = "cuda:3" },
            Data = new DataSettings { Train = ["/a.jsonl", "/b.json"], Format = DataFormat.PromptResponse, Examples = 300, SkipBad = true },
            Prompt = new PromptSettings { Template = "Q: {prompt}\nA:", MaxPromptTokens = 100, Truncate = TruncationSide.Right, MaxSequenceTokens = 300 },
            Generation = new GenerationSettings { MaxNewTokens = 50, Temperature = 0.7, TopP = 0.9, TopK = 40, BatchSize = 16, Stop = ["\n\n", "Q:"] },
            Objective = new ObjectiveSettings { Alpha = 0.3, Beta = 0.5, Link = Link.Exponential, Lambda = 5, LogProb = LogProbReduction.Mean },
            Training = new TrainingSettings
            {
                Iterations = 3,
                Epochs = 1,
                LearningRate = [5e-7, 5e-7, 1e-7],
                Optimizer = OptimizerKind.AdamW,
                WeightDecay = 0.01,
                AdamBeta1 = 0.8,
                AdamBeta2 = 0.95,
                RmsPropAlpha = 0.9,
                Epsilon = 1e-6,
                DecayBiasesAndNorms = false,
                Schedule = LearningRateSchedule.Cosine,
                WarmupShare = 0,
                BatchSize = 16,
                MicroBatchSize = 4,
                ClipNorm = null,
                SaveEverySteps = 100,
            },
            Checkpoints = new CheckpointSettings { Keep = CheckpointKeeping.Best, MaxShardBytes = 3L << 29 },
            Evaluation = new EvaluationSettings
            {
                Data = ["/test.jsonl"],
                Format = DataFormat.Gsm8k,
                Examples = 10,
                MaxNewTokens = 20,
                BatchSize = 5,
                Sampled = true,
                Initial = false,
                Stop = ["####"],
            },
            Output = new OutputSettings { Directory = "/out" },
        });
        recipe.Training.LearningRateOf(2).ShouldBe(1e-7);
        RecipeReader.Parse(RecipeWriter.Write(recipe), "elsewhere/effective.yaml", []).ShouldBe(recipe);
    }

    [Fact]
    public void Overrides_win_in_order_and_need_no_quoting_of_their_own()
    {
        var recipe = Parse(
            Least + "training:\n  epochs: 7\n",
            "training.epochs=1", "training.epochs=3", "prompt.template=Question: {prompt} # not a comment", "data.train=[a.jsonl, /b.jsonl]",
            "generation.stop=[\"\\n\", 'x']", "training.clip_norm=null", "method=sft", "name=\"quoted\"");
        recipe.Training.Epochs.ShouldBe(3);
        recipe.Prompt.Template.ShouldBe("Question: {prompt} # not a comment");
        recipe.Data.Train.ShouldBe([Path.GetFullPath("a.jsonl"), "/b.jsonl"]);
        recipe.Generation.Stop.ShouldBe(["\n", "x"]);
        recipe.Training.ClipNorm.ShouldBeNull();
        recipe.Method.ShouldBe(Methods.Sft);
        recipe.Name.ShouldBe("quoted");
    }

    [Fact]
    public void An_override_cures_a_fault_in_the_file() =>
        Parse(Least + "training: {epochs: many}", "training.epochs=1").Training.Epochs.ShouldBe(1);

    [Fact]
    public void Paths_start_from_the_recipes_folder_and_tilde_is_home()
    {
        var recipe = RecipeReader.Parse("model: {path: ../models/m}\ndata: {train: [a.jsonl, ~/b.jsonl]}\noutput: {directory: out}", "/base/recipes/x.yaml", []);
        recipe.Model.Path.ShouldBe("/base/models/m");
        recipe.Data.Train.ShouldBe(["/base/recipes/a.jsonl", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "b.jsonl")]);
        recipe.Output.Directory.ShouldBe("/base/recipes/out");
    }

    [Theory]
    [InlineData("5000000000", 5_000_000_000)]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("500mb", 500_000_000)]
    [InlineData("4 GiB", 4L << 30)]
    [InlineData("0.5MiB", 0)]
    [InlineData("five", 0)]
    [InlineData("GB", 0)]
    [InlineData("-5GB", 0)]
    [InlineData("99999999999999999999999999999", 0)]
    public void Sizes_have_units(string text, long bytes)
    {
        var yaml = Least + $"checkpoints: {{max_shard_bytes: {text}}}";
        if (bytes > 0)
        {
            Parse(yaml).Checkpoints.MaxShardBytes.ShouldBe(bytes);
        }
        else
        {
            Should.Throw<RecipeException>(() => Parse(yaml)).Faults.ShouldHaveSingleItem().Field.ShouldBe("checkpoints.max_shard_bytes");
        }
    }

    [Fact]
    public void Random_recipes_read_back_equal()
    {
        var stream = new TSpin.Randomness.RandomStream(11);
        string[] texts = ["\n\n", "null", "~", "true", "5e-7", "a: b", "# no", "- x", "\"", "'", "\\", "\u2028\u0085", "ä 漢 😀", " leading", "trailing ", "{prompt", "*a", "&a", "!t", "%x", "@x", "`", "\t", "a\r\nb", "[", ":", "a:", "\u0007"];
        for (var i = 0; i < 200; i++)
        {
            var text = texts[stream.NextInt(texts.Length)] + (stream.NextInt(2) == 0 ? "" : texts[stream.NextInt(texts.Length)]);
            var recipe = new Recipe
            {
                Seed = stream.NextBits(),
                Model = new ModelSettings { Path = "/models/a b#c: d" },
                Data = new DataSettings { Train = ["/x/" + text.Replace("/", "", StringComparison.Ordinal)], Examples = stream.NextInt(2) == 0 ? null : 1 + stream.NextInt(1000) },
                Prompt = new PromptSettings { Template = text + "{prompt}" + text },
                Generation = new GenerationSettings { Stop = [text, "x"], Temperature = stream.NextDouble(), TopP = 1 - stream.NextDouble() },
                Training = new TrainingSettings { LearningRate = [Math.Pow(10, -9 * stream.NextDouble())], ClipNorm = stream.NextInt(2) == 0 ? null : 1e6 * (1 - stream.NextDouble()) },
                Checkpoints = new CheckpointSettings { MaxShardBytes = 1_000_000 + stream.NextInt(int.MaxValue) },
                Output = new OutputSettings { Directory = "/out" },
            };
            RecipeReader.Parse(RecipeWriter.Write(recipe), "r.yaml", []).ShouldBe(recipe, RecipeWriter.Write(recipe));
        }
    }

    private static Recipe Parse(string yaml, params string[] overrides) => RecipeReader.Parse(yaml, "test.yaml", overrides);
}
