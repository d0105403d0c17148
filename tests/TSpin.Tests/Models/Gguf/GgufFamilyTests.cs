using Shouldly;
using TSpin.Models;
using TSpin.Tests.Gguf;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models.Gguf;

/// <summary>Each family's converted file computes what the original does, and so does the folder that is saved of it.</summary>
public sealed class GgufFamilyTests
{
    private static readonly Dictionary<string, DecoderConfig> Convertible = new()
    {
        ["llama, untied"] = SmallModels.Base,
        ["llama, tied, grouped"] = SmallModels.Base with { HeadCount = 6, KeyValueHeadCount = 2, HeadDimension = 4, Ropes = RopeSettings.Everywhere(2, 100, 4), TieEmbeddings = true },
        ["llama, all biases"] = SmallModels.All["llama, all biases"],
        ["llama, linear"] = SmallModels.All["llama, rope linear"],
        ["llama, yarn"] = SmallModels.Family("llama", """{"rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":40}}"""),
        ["llama, 3.1"] = SmallModels.Family("llama", """{"rope_theta":500000,"head_dim":16,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}}"""),
        ["llama, 3.1 with other lengths"] = SmallModels.All["llama, rope llama3"],
        ["mistral, window"] = SmallModels.All["mistral, window of 3"],
        ["qwen2"] = SmallModels.Family("qwen2", """{"bos_token_id":1,"eos_token_id":2}"""),
        ["qwen3"] = SmallModels.Family("qwen3", """{"bos_token_id":1,"eos_token_id":2}"""),
        ["qwen3, biases"] = SmallModels.Family("qwen3", """{"attention_bias":true,"tie_word_embeddings":true,"bos_token_id":1,"eos_token_id":2}"""),
        ["smollm3"] = SmallModels.Family("smollm3", """{"num_hidden_layers":5}"""),
        ["granite"] = SmallModels.All["granite, multipliers"],
        ["olmo2"] = SmallModels.Family("olmo2", """{"bos_token_id":1}"""),
        ["gemma"] = SmallModels.All["gemma"],
        ["gemma2"] = SmallModels.Family("gemma2", """{"sliding_window":3,"attn_logit_softcapping":1.5,"final_logit_softcapping":2.0,"query_pre_attn_scalar":6}"""),
        ["gemma3"] = SmallModels.Family("gemma3_text", """{"num_hidden_layers":6,"sliding_window":3,"rope_scaling":{"rope_type":"linear","factor":2.0},"query_pre_attn_scalar":6}"""),
        ["phi3"] = SmallModels.All["phi3, fused"],
        ["phi3, longrope"] = SmallModels.All["phi3, longrope, growing, partial"],
        ["phi3, longrope, own factor"] = SmallModels.Family("phi3", """{"original_max_position_embeddings":6,"rope_scaling":{"type":"longrope","attention_factor":1.25,"short_factor":[1.0,1.2,1.1],"long_factor":[1.5,3.0,2.0]}}"""),
        ["gpt2"] = SmallModels.All["gpt2"],
        ["gpt_neox"] = SmallModels.All["gpt_neox, parallel"],
        ["gpt_neox, in turn"] = SmallModels.All["gpt_neox, in turn, no attention biases"],
    };

    public static TheoryData<string> Names => [.. Convertible.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void AConvertedModelComputesTheSameAndSoDoesWhatIsSavedOfIt(string name)
    {
        using var folder = new TemporaryFolder();
        var config = Convertible[name];
        var weights = SmallModels.Weights(config);
        var file = ConvertedModel.Of(config, weights).Save(folder["small.gguf"]);
        using var original = SmallModels.Decoder(config, weights);

        using var loaded = DecoderLoader.Load(file);

        var expected = Logits(original);
        Near(Logits(loaded), expected);
        loaded.Config.Family.ShouldBe(config.Family);
        loaded.Config.TieEmbeddings.ShouldBe(config.TieEmbeddings);
        loaded.Config.EosIds.ShouldBe(config.EosIds);
        loaded.Config.BosId.ShouldBe(config.BosId);

        using var saved = new TemporaryFolder();
        DecoderConfigWriter.Write(loaded.Config, saved.Path);
        DecoderSaver.SaveWeights(loaded, saved.Path);
        using var again = DecoderLoader.Load(saved.Path);
        Logits(again).ShouldBe(Logits(loaded));
        DecoderConfigReader.Read(saved.Path).Ropes.ShouldBe(loaded.Config.Ropes);
    }

    // The format has no word for dynamic scaling, and which blocks of SmolLM3 turn follows from their number alone.
    public static TheoryData<string> Recorded => [.. RecordedModelsTests.Folders.Except(["llama-rope-dynamic", "smollm3"])];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void AModelThatTransformersMadeComputesTheSameWhenConverted(string name)
    {
        var source = SharedFolder.Require("reference", "models", name);
        using var folder = new TemporaryFolder();
        using var recorded = DecoderLoader.Load(source);
        var weights = recorded.Weights.Names.ToDictionary(parameter => parameter, parameter => recorded.Parameters[parameter].ToArray<float>().Select(value => (double)value).ToArray());
        var config = recorded.Config with { BosId = recorded.Config.BosId ?? 0, EosIds = recorded.Config.EosIds is [] ? [0] : recorded.Config.EosIds };
        if (name is "gemma2" or "gemma3-text")
        {
            // The files don't hold the scale of the scores; llama.cpp takes that of the published models of their number of blocks.
            config = config with { AttentionScale = 1 / Math.Sqrt(config.HeadDimension) };
        }

        using var original = SmallModels.Decoder(config, weights);

        using var loaded = DecoderLoader.Load(ConvertedModel.Of(config, weights).Save(folder["a.gguf"]));

        Near(Logits(loaded), Logits(original));
    }

    [Fact]
    public void UsualLlama31ScalingIsRecognizedAndOthersAreSaidAsLists()
    {
        Read("llama, 3.1").Ropes[0]!.Scaling.ShouldBe(new Llama3Rope(8, 1, 4, 8192));
        Read("llama, 3.1 with other lengths").Ropes[0]!.Scaling.ShouldBeOfType<LongRope>();
    }

    [Fact]
    public void AWindowMakesItMistral() => Read("mistral, window").Windows.ShouldBe([3, 3]);

    [Fact]
    public void AHeadThatIsWrittenTwiceIsTied()
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.All["gpt2"];
        var weights = SmallModels.Weights(config);
        var file = ConvertedModel.Of(config, weights).Tensor("output.weight", [19, 12], weights["transformer.wte.weight"].Select(value => (float)value));
        DecoderConfigReader.Read(file.Save(folder["a.gguf"])).TieEmbeddings.ShouldBeTrue();
    }

    [Theory]
    [InlineData("llama.attention.clamp_kqv", "llama.attention.clamp_kqv")]
    [InlineData("llama.expert_count", "mixtures of experts")]
    [InlineData("llama.rope.scaling.attn_factor", "yarn and longrope only")]
    [InlineData("llama.attention.value_length", "llama.attention.value_length")]
    public void WhatIsNotUnderstoodIsRefusedByName(string key, string named)
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.Base;
        object value = key.EndsWith("_factor", StringComparison.Ordinal) || key.EndsWith("kqv", StringComparison.Ordinal) ? 2f : (object)8u;
        var file = ConvertedModel.Of(config, SmallModels.Weights(config));
        if (key.EndsWith("value_length", StringComparison.Ordinal))
        {
            file = new GgufTestFile().Set("general.architecture", "llama").Set("llama.block_count", 1u).Set("llama.context_length", 8u).Set("llama.embedding_length", 12u)
                .Set("llama.feed_forward_length", 8u).Set("llama.attention.head_count", 3u).Set("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .Tensor("token_embd.weight", [4, 12], new float[48]);
        }

        var error = Should.Throw<TSpinException>(() => DecoderLoader.Load(file.Set(key, value).Save(folder["a.gguf"])));
        error.Message.ShouldContain(named);
        error.Message.ShouldContain(folder["a.gguf"]);
    }

    [Fact]
    public void ATensorWithoutAPlaceIsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.Base;
        var file = ConvertedModel.Of(config, SmallModels.Weights(config)).Tensor("blk.0.attn_sinks.weight", [4], new float[4]);
        Should.Throw<TSpinException>(() => DecoderLoader.Load(file.Save(folder["a.gguf"]))).Message.ShouldContain("blk.0.attn_sinks.weight");
    }

    [Fact]
    public void AnUnknownArchitectureIsRefusedWithTheKnown()
    {
        using var folder = new TemporaryFolder();
        var file = new GgufTestFile().Set("general.architecture", "mamba").Save(folder["a.gguf"]);
        Should.Throw<TSpinException>(() => DecoderLoader.Load(file)).Message.ShouldContain("llama, qwen2, qwen3, smollm3, granite, olmo2, gemma, gemma2, gemma3, phi3, gpt2, gptneox");
    }

    [Fact]
    public void AModelInPartsIsOneModel()
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.Base;
        var weights = SmallModels.Weights(config);
        var first = ConvertedModel.Of(config, weights).SaveInParts(folder["small"], 3);
        using var original = SmallModels.Decoder(config, weights);

        foreach (var path in (string[])[first, folder["small-00002-of-00003.gguf"], folder.Path])
        {
            using var loaded = DecoderLoader.Load(path);
            Logits(loaded).ShouldBe(Logits(original));
        }

        File.Delete(folder["small-00003-of-00003.gguf"]);
        Should.Throw<TSpinException>(() => DecoderLoader.Load(first)).Message.ShouldContain("small-00003-of-00003.gguf: this part of the model is missing (2 of 3");

        File.Copy(folder["small-00002-of-00003.gguf"], folder["small-00003-of-00003.gguf"]);
        Should.Throw<TSpinException>(() => DecoderLoader.Load(first)).Message.ShouldContain("split.no");

        File.Copy(first, folder["renamed.gguf"]);
        Should.Throw<TSpinException>(() => DecoderLoader.Load(folder["renamed.gguf"])).Message.ShouldContain("split.count");
    }

    private static DecoderConfig Read(string name)
    {
        using var folder = new TemporaryFolder();
        var config = Convertible[name];
        return DecoderConfigReader.Read(ConvertedModel.Of(config, SmallModels.Weights(config)).Save(folder["a.gguf"]));
    }

    private static float[] Logits(Decoder decoder)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        return decoder.Logits(decoder.Hidden(Tensor.From<long>([3L, 5, 7, 11, 4, 9, 12, 3], [1, 8]), AttentionLayout.Causal(8, Device.Cpu))).ToArray<float>();
    }

    private static void Near(float[] actual, float[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            // Gemma's norms lose the last bit of w where 1 + w is rounded; everything else is exact.
            Math.Abs(actual[i] - expected[i]).ShouldBeLessThan(1e-5f * Math.Max(1, Math.Abs(expected[i])), $"logit {i}");
        }
    }
}
