using System.Text.Json;
using Shouldly;
using TSpin.Models;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>What config.json says and leaves unsaid, family by family, as the configuration classes of transformers 5 read it.</summary>
public sealed class FamilyOptionsTests
{
    [Theory]
    [InlineData("llama", 32000, 4096, 11008, 32, 32, 32, 128, 2048, 1e-6, 10000, false, 1, 2)]
    [InlineData("mistral", 32000, 4096, 14336, 32, 32, 8, 128, 131072, 1e-6, 10000, false, 1, 2)]
    [InlineData("qwen2", 151936, 4096, 22016, 32, 32, 32, 128, 32768, 1e-6, 10000, false, null, null)]
    [InlineData("qwen3", 151936, 4096, 22016, 32, 32, 32, 128, 32768, 1e-6, 10000, false, null, null)]
    [InlineData("smollm3", 128256, 2048, 11008, 36, 16, 4, 128, 32768, 1e-6, 2000000, true, 128000, 128001)]
    [InlineData("gemma", 256000, 3072, 24576, 28, 16, 16, 256, 8192, 1e-6, 10000, true, 2, 1)]
    [InlineData("gemma2", 256000, 2304, 9216, 26, 8, 4, 256, 8192, 1e-6, 10000, true, 2, 1)]
    [InlineData("gemma3_text", 262208, 2304, 9216, 26, 8, 4, 256, 131072, 1e-6, 10000, true, 2, 1)]
    [InlineData("phi3", 32064, 3072, 8192, 32, 32, 32, 96, 4096, 1e-5, 10000, false, 1, 32000)]
    [InlineData("olmo2", 50304, 4096, 11008, 32, 32, 32, 128, 2048, 1e-5, 10000, false, null, 50279)]
    [InlineData("granite", 32000, 4096, 11008, 32, 32, 32, 128, 2048, 1e-6, 10000, false, 1, 2)]
    [InlineData("gpt_neox", 50432, 6144, 24576, 44, 64, 64, 96, 2048, 1e-5, 10000, false, 0, 2)]
    public void An_empty_file_has_the_defaults_of_its_class(
        string family, int vocabulary, int hidden, int inner, int layers, int heads, int keyHeads, int width, int positions, double epsilon, double theta, bool tied, int? bos, int? eos)
    {
        var config = Parse(family, "{}");

        (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.LayerCount).ShouldBe((vocabulary, hidden, inner, layers));
        (config.HeadCount, config.KeyValueHeadCount, config.HeadDimension, config.MaxPositions).ShouldBe((heads, keyHeads, width, positions));
        (config.NormEpsilon, config.Ropes[0]!.Theta, config.TieEmbeddings, config.BosId).ShouldBe((epsilon, theta, tied, bos));
        config.EosIds.ShouldBe(eos is { } id ? [id] : []);
    }

    [Fact]
    public void GPT_2_has_names_and_defaults_of_its_own()
    {
        var config = Parse("gpt2", "{}");
        (config.VocabularySize, config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadCount, config.MaxPositions).ShouldBe((50257, 768, 3072, 12, 12, 1024));
        (config.Activation, config.NormEpsilon, config.TieEmbeddings, config.BosId).ShouldBe((Activation.GeluTanh, 1e-5, true, 50256));
        config.Ropes.ShouldAllBe(rope => rope == null);
    }

    [Fact]
    public void Keys_that_say_null_are_not_keys_that_say_nothing()
    {
        Parse("mistral", """{"num_key_value_heads":null}""").KeyValueHeadCount.ShouldBe(32);
        Parse("gemma2", """{"attn_logit_softcapping":null}""").AttentionSoftCap.ShouldBeNull();
        Parse("gemma2", "{}").AttentionSoftCap.ShouldBe(50);
        Parse("gemma2", "{}").LogitSoftCap.ShouldBe(30);
        Parse("llama", """{"eos_token_id":null,"bos_token_id":null}""").EosIds.ShouldBeEmpty();
    }

    [Fact]
    public void Gemma_3_ignores_a_soft_cap_of_scores_as_transformers_does() =>
        Parse("gemma3_text", """{"attn_logit_softcapping":5.0,"final_logit_softcapping":6.0}""").ShouldSatisfyAllConditions(
            config => config.AttentionSoftCap.ShouldBeNull(), config => config.LogitSoftCap.ShouldBe(6));

    [Fact]
    public void Gemma_3_has_a_rotary_embedding_for_each_kind_of_layer_in_both_forms()
    {
        var old = Parse("gemma3_text", """{"num_hidden_layers":6,"rope_theta":500000,"rope_local_base_freq":5000,"rope_scaling":{"rope_type":"linear","factor":8}}""");
        var fresh = Parse("gemma3_text", """{"num_hidden_layers":6,"rope_parameters":{"full_attention":{"rope_theta":500000,"rope_type":"linear","factor":8},"sliding_attention":{"rope_theta":5000,"rope_type":"default"}}}""");

        old.Ropes.ShouldBe(fresh.Ropes);
        old.Ropes[5].ShouldBe(new RopeSettings { Theta = 500000, Dimensions = 256, Scaling = new LinearRope(8) });
        old.Ropes[4].ShouldBe(new RopeSettings { Theta = 5000, Dimensions = 256 });
        old.Windows.ShouldBe([4096, 4096, 4096, 4096, 4096, null]);
        Parse("gemma3_text", """{"num_hidden_layers":2}""").Ropes[0]!.Theta.ShouldBe(10000);
    }

    [Fact]
    public void Of_a_Gemma_3_that_sees_images_the_text_part_is_read()
    {
        // As google/gemma-3-4b-it has it: the text part names little, and what ends a turn stands around it.
        var config = Parse("gemma3", """
            {"eos_token_id":[1,106],"torch_dtype":"bfloat16","vision_config":{"hidden_size":1152},
             "text_config":{"hidden_size":2560,"intermediate_size":10240,"model_type":"gemma3_text","num_hidden_layers":34,"rope_scaling":{"factor":8.0,"rope_type":"linear"},"sliding_window":1024}}
            """);

        (config.Family, config.VocabularySize, config.HiddenSize, config.LayerCount, config.HeadCount, config.KeyValueHeadCount).ShouldBe(("gemma3_text", 262208, 2560, 34, 8, 4));
        (config.TieEmbeddings, config.StoredType, config.Windows[4], config.Windows[5]).ShouldBe((true, TSpin.Torch.DType.BFloat16, 1024, null));
        config.EosIds.ShouldBe([1, 106]);
        config.Ropes[5]!.Scaling.ShouldBe(new LinearRope(8));
        Parse("gemma3", "{}").HiddenSize.ShouldBe(2304);
        DecoderConfigReader.Parse(JsonDocument.Parse("""{"model_type":"gemma3","text_config":{"hidden_size":16,"hidden_size":32,"eos_token_id":7},"eos_token_id":8}""").RootElement, "twice")
            .ShouldSatisfyAllConditions(config => config.HiddenSize.ShouldBe(32), config => config.EosIds.ShouldBe([7]));
    }

    [Fact]
    public void Gemma_3_has_its_pattern_under_two_names()
    {
        Parse("gemma3_text", """{"num_hidden_layers":4,"_sliding_window_pattern":2}""").Windows.ShouldBe([4096, null, 4096, null]);
        Parse("gemma3_text", """{"num_hidden_layers":4,"_sliding_window_pattern":2,"sliding_window_pattern":3}""").Windows.ShouldBe([4096, 4096, null, 4096]);
    }

    [Fact]
    public void SmolLM3_turns_all_but_every_fourth_layer_and_may_slide_there()
    {
        Parse("smollm3", "{}").Ropes.Index().ShouldAllBe(layer => layer.Item == null == ((layer.Index + 1) % 4 == 0));
        const string sizes = "\"num_hidden_layers\":4,\"sliding_window\":9";
        Parse("smollm3", $$"""{ {{sizes}},"use_sliding_window":true}""").Windows.ShouldBe([null, null, null, 9]);
        Parse("smollm3", $$"""{ {{sizes}}}""").Windows.ShouldBe([null, null, null, null]);
        Parse("smollm3", $$"""{ {{sizes}},"layer_types":["sliding_attention","full_attention","full_attention","full_attention"]}""").Windows.ShouldBe([9, null, null, null]);
    }

    [Theory]
    [InlineData("{}", 1.1386294361119891)]
    [InlineData("""{"attention_factor":1.25}""", 1.25)]
    [InlineData("""{"mscale":1.0,"mscale_all_dim":0.5}""", 1.0648216253695715)]
    [InlineData("""{"mscale":0.0,"mscale_all_dim":0.5}""", 1.1386294361119891)]
    [InlineData("""{"factor":0.5}""", 1)]
    public void Yarn_finds_its_magnitude(string options, double expected)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(options)!;
        json["rope_type"] = "yarn";
        json["factor"] ??= 4.0;

        var yarn = Parse("llama", $$"""{"rope_scaling":{{json.ToJsonString()}} }""").Ropes[0]!.Scaling.ShouldBeOfType<YarnRope>();

        yarn.Attention.ShouldBe(expected, 1e-9);
        (yarn.Positions, yarn.BetaFast, yarn.BetaSlow, yarn.Truncate).ShouldBe((2048, 32, 1, true));
    }

    [Fact]
    public void Phi_3_knows_the_length_of_pre_training_beside_the_section_or_by_default()
    {
        const string factors = "\"short_factor\":[1,1,1,1],\"long_factor\":[2,2,2,2]";
        var published = Long($$"""{"hidden_size":32,"num_attention_heads":4,"max_position_embeddings":131072,"rope_scaling":{ {{factors}},"type":"su"} }""");
        published.Positions.ShouldBe(4096);
        published.Attention.ShouldBe(Math.Sqrt(1 + (Math.Log(32) / Math.Log(4096))), 1e-12);
        Long($$"""{"hidden_size":32,"num_attention_heads":4,"original_max_position_embeddings":64,"rope_scaling":{ {{factors}},"type":"longrope","attention_factor":1.5} }""")
            .ShouldSatisfyAllConditions(rope => rope.Positions.ShouldBe(64), rope => rope.Attention.ShouldBe(1.5));
        (published.SameFrequencies(4095, 4096), published.SameFrequencies(4096, 4097), published.SameFrequencies(4097, 9000)).ShouldBe((true, false, true));

        static LongRope Long(string json) => Parse("phi3", json).Ropes[0]!.Scaling.ShouldBeOfType<LongRope>();
    }

    [Theory]
    [InlineData("gemma3", """{"text_config":{"model_type":"gemma2_vision"}}""", "text_config.model_type", "'gemma2_vision' is not a family")]
    [InlineData("gemma3", """{"text_config":{"hidden_size":"wide"}}""", "text_config.hidden_size", "whole number")]
    [InlineData("gemma3", """{"quantization_config":{"bits":4},"text_config":{}}""", "quantization_config", "original checkpoint")]
    [InlineData("qwen2_moe", "{}", "'qwen2_moe' is not a family", "granite, gpt2, gpt_neox")]
    [InlineData("llama", """{"quantization_config":{"quant_method":"gptq"}}""", "quantization_config", "original checkpoint")]
    [InlineData("llama", """{"rope_scaling":{"rope_type":"ntk","factor":2}}""", "'ntk'", "yarn and longrope")]
    [InlineData("llama", """{"rope_scaling":{"rope_type":"longrope","short_factor":[1],"long_factor":[1]}}""", "short_factor", "64 pairs")]
    [InlineData("llama", """{"rope_parameters":{"full_attention":{"rope_type":"default"}}}""", "rope_parameters.full_attention", "layer type")]
    [InlineData("llama", """{"partial_rotary_factor":0.5}""", "partial_rotary_factor", "whole heads")]
    [InlineData("phi3", """{"rope_scaling":{"rope_type":"linear","factor":2}}""", "'linear'", "default and longrope")]
    [InlineData("mistral", """{"attention_bias":true}""", "attention_bias", "only false")]
    [InlineData("gemma", """{"mlp_bias":true}""", "mlp_bias", "only false")]
    [InlineData("phi3", """{"partial_rotary_factor":0.01}""", "partial_rotary_factor", "even number")]
    [InlineData("gemma2", """{"use_bidirectional_attention":true}""", "use_bidirectional_attention", "only false")]
    [InlineData("gemma2", """{"hidden_activation":"mish"}""", "hidden_activation", "'mish'")]
    [InlineData("gpt2", """{"add_cross_attention":true}""", "add_cross_attention", "only false")]
    [InlineData("gpt2", """{"activation_function":"quick_gelu"}""", "activation_function", "'quick_gelu'")]
    [InlineData("smollm3", """{"no_rope_layers":[1,0]}""", "no_rope_layers", "num_hidden_layers is 36")]
    [InlineData("smollm3", """{"no_rope_layers":[2]}""", "no_rope_layers", "2 is not 0 or 1")]
    public void What_cannot_be_computed_is_refused_by_name(string family, string json, string name, string cure)
    {
        var error = Should.Throw<TSpinException>(() => Parse(family, json));

        error.Message.ShouldContain(name);
        error.Message.ShouldContain(cure);
    }

    private static DecoderConfig Parse(string family, string json)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(json)!;
        node["model_type"] = family;
        return DecoderConfigReader.Parse(JsonSerializer.SerializeToElement(node), "config.json");
    }
}
