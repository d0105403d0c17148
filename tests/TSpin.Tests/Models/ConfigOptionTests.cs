using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>
/// Every option of config.json that published checkpoints set, family by family: with it the model has other parameters or other logits than without it, and the
/// logits are those of the plain loops in float64. What the loops are given is read from the file too, so the first half shows that the option was read at all.
/// </summary>
public sealed class ConfigOptionTests
{
    private const int Tokens = 11;

    [Theory]
    [InlineData("llama", """{"attention_bias":true}""")]
    [InlineData("llama", """{"mlp_bias":true}""")]
    [InlineData("llama", """{"head_dim":4}""")]
    [InlineData("llama", """{"num_key_value_heads":1}""")]
    [InlineData("llama", """{"tie_word_embeddings":true}""")]
    [InlineData("llama", """{"rope_theta":50}""")]
    [InlineData("llama", """{"rms_norm_eps":0.1}""")]
    [InlineData("llama", """{"hidden_act":"gelu"}""")]
    [InlineData("llama", """{"hidden_act":"gelu_pytorch_tanh"}""")]
    [InlineData("llama", """{"hidden_act":"relu"}""")]
    [InlineData("llama", """{"rope_scaling":{"type":"linear","factor":8.0}}""")]
    [InlineData("llama", """{"rope_scaling":{"rope_type":"linear","factor":8.0}}""")]
    [InlineData("llama", """{"rope_parameters":{"rope_type":"linear","factor":8.0,"rope_theta":100}}""")]
    [InlineData("llama", """{"max_position_embeddings":6,"rope_scaling":{"type":"dynamic","factor":2.0}}""")]
    [InlineData("llama", """{"max_position_embeddings":40,"rope_scaling":{"type":"yarn","factor":4.0,"original_max_position_embeddings":10}}""")]
    [InlineData("llama", """{"max_position_embeddings":40,"rope_scaling":{"type":"yarn","factor":4.0,"original_max_position_embeddings":10,"attention_factor":1.5}}""")]
    [InlineData("llama", """{"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":2.0,"original_max_position_embeddings":10}}""")]
    [InlineData("llama", """{"max_position_embeddings":24,"rope_scaling":{"rope_type":"longrope","short_factor":[1.0,1.1,1.2],"long_factor":[2.0,3.0,4.0],"original_max_position_embeddings":6}}""")]
    [InlineData("llama", """{"rope_scaling":{"rope_type":"longrope","short_factor":[1.0,1.5,2.0],"long_factor":[2.0,3.0,4.0],"original_max_position_embeddings":60,"factor":4.0}}""")]
    [InlineData("mistral", """{"sliding_window":3}""")]
    [InlineData("mistral", """{"head_dim":4}""")]
    [InlineData("mistral", """{"rope_scaling":{"type":"yarn","factor":4.0,"original_max_position_embeddings":16}}""")]
    [InlineData("qwen2", """{"use_sliding_window":true,"sliding_window":3,"max_window_layers":1}""")]
    [InlineData("qwen2", """{"use_sliding_window":true,"sliding_window":3,"layer_types":["sliding_attention","full_attention"]}""")]
    [InlineData("qwen2", """{"tie_word_embeddings":true}""")]
    [InlineData("qwen2", """{"rope_scaling":{"type":"yarn","factor":4.0,"original_max_position_embeddings":16}}""")]
    [InlineData("qwen3", """{"attention_bias":true}""")]
    [InlineData("qwen3", """{"head_dim":4}""")]
    [InlineData("qwen3", """{"use_sliding_window":true,"sliding_window":3,"max_window_layers":0}""")]
    [InlineData("smollm3", """{"no_rope_layers":[1,0]}""")]
    [InlineData("smollm3", """{"no_rope_layer_interval":1}""")]
    [InlineData("smollm3", """{"attention_bias":true}""")]
    [InlineData("smollm3", """{"mlp_bias":true}""")]
    [InlineData("smollm3", """{"use_sliding_window":true,"sliding_window":3,"no_rope_layers":[0,1]}""")]
    [InlineData("gemma", """{"attention_bias":true}""")]
    [InlineData("gemma", """{"hidden_act":"gelu"}""")]
    [InlineData("gemma2", """{"attn_logit_softcapping":1.5}""")]
    [InlineData("gemma2", """{"attn_logit_softcapping":null,"final_logit_softcapping":null}""")]
    [InlineData("gemma2", """{"final_logit_softcapping":2.0}""")]
    [InlineData("gemma2", """{"query_pre_attn_scalar":5}""")]
    [InlineData("gemma2", """{"sliding_window":3}""")]
    [InlineData("gemma2", """{"sliding_window":3,"layer_types":["full_attention","sliding_attention"]}""")]
    [InlineData("gemma2", """{"hidden_activation":"silu"}""")]
    [InlineData("gemma2", """{"attention_bias":true}""")]
    [InlineData("gemma3_text", """{"sliding_window":3}""")]
    [InlineData("gemma3_text", """{"sliding_window":3,"sliding_window_pattern":2}""")]
    [InlineData("gemma3_text", """{"rope_local_base_freq":10}""")]
    [InlineData("gemma3_text", """{"sliding_window_pattern":2,"rope_theta":7}""")]
    [InlineData("gemma3_text", """{"sliding_window_pattern":2,"rope_scaling":{"rope_type":"linear","factor":8.0}}""")]
    [InlineData("gemma3_text", """{"layer_types":["full_attention","sliding_attention"]}""")]
    [InlineData("gemma3_text", """{"final_logit_softcapping":2.0}""")]
    [InlineData("gemma3_text", """{"query_pre_attn_scalar":5}""")]
    [InlineData("gemma3_text", """{"attention_bias":true}""")]
    [InlineData("phi3", """{"sliding_window":3}""")]
    [InlineData("phi3", """{"partial_rotary_factor":0.75}""", 8)]
    [InlineData("phi3", """{"original_max_position_embeddings":6,"rope_scaling":{"type":"longrope","short_factor":[1.0,1.1,1.2],"long_factor":[2.0,3.0,4.0]}}""")]
    [InlineData("phi3", """{"original_max_position_embeddings":60,"rope_scaling":{"type":"longrope","short_factor":[1.0,1.5,2.2],"long_factor":[2.0,3.0,4.0]}}""")]
    [InlineData("olmo2", """{"attention_bias":true}""")]
    [InlineData("olmo2", """{"rope_scaling":{"rope_type":"linear","factor":4.0}}""")]
    [InlineData("granite", """{"attention_multiplier":0.3}""")]
    [InlineData("granite", """{"embedding_multiplier":2.0}""")]
    [InlineData("granite", """{"residual_multiplier":0.7}""")]
    [InlineData("granite", """{"logits_scaling":1.5}""")]
    [InlineData("granite", """{"attention_bias":true}""")]
    [InlineData("granite", """{"mlp_bias":true}""")]
    [InlineData("gpt2", """{"scale_attn_weights":false}""")]
    [InlineData("gpt2", """{"scale_attn_by_inverse_layer_idx":true}""")]
    [InlineData("gpt2", """{"n_inner":10}""")]
    [InlineData("gpt2", """{"activation_function":"relu"}""")]
    [InlineData("gpt2", """{"layer_norm_epsilon":0.1}""")]
    [InlineData("gpt2", """{"tie_word_embeddings":false}""")]
    [InlineData("gpt_neox", """{"use_parallel_residual":false}""")]
    [InlineData("gpt_neox", """{"attention_bias":false}""")]
    [InlineData("gpt_neox", """{"rotary_pct":0.5}""")]
    [InlineData("gpt_neox", """{"rotary_emb_base":50}""")]
    [InlineData("gpt_neox", """{"layer_norm_eps":0.1}""")]
    [InlineData("gpt_neox", """{"tie_word_embeddings":true}""")]
    [InlineData("gpt_neox", """{"hidden_act":"gelu_fast"}""")]
    [InlineData("gpt_neox", """{"rope_scaling":{"type":"linear","factor":4.0}}""")]
    public void Changes_what_is_computed_to_what_the_plain_loops_compute(string family, string option, int headDimension = 6)
    {
        var plain = SmallModels.Family(family, Sized(family, "{}", headDimension));
        var config = SmallModels.Family(family, Sized(family, option, headDimension));
        var weights = SmallModels.Weights(config);

        var logits = Logits(config, weights);

        if (Shapes(plain).SequenceEqual(Shapes(config)))
        {
            Distance(logits, Logits(plain, weights)).ShouldBeGreaterThan(1e-4);
        }

        Distance(logits, [.. new SlowDecoder(config, weights).Logits(SmallModels.Ids(Tokens)).SelectMany(row => row)]).ShouldBeLessThan(1e-4);
    }

    // Some families say how wide a head is, and some divide.
    private static string Sized(string family, string option, int headDimension)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(option)!;
        if (family == "gpt_neox")
        {
            json["hidden_size"] = 16;
            json["rotary_pct"] ??= 1.0;
        }
        else if (family != "gpt2")
        {
            json["head_dim"] ??= headDimension;
        }

        return json.ToJsonString();
    }

    private static IEnumerable<string> Shapes(DecoderConfig config) => ParameterShapes.Of(config).Select(parameter => $"{parameter.Name} {string.Join(',', parameter.Shape)}");

    private static double[] Logits(DecoderConfig config, IReadOnlyDictionary<string, double[]> weights)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        using var decoder = SmallModels.Decoder(config, weights);
        var ids = SmallModels.Ids(Tokens);
        var hidden = decoder.Hidden(Tensor.From<long>([.. ids.Select(id => (long)id)], [1, Tokens]), AttentionLayout.Causal(Tokens, Device.Cpu));
        return [.. decoder.Logits(hidden).ToArray<float>().Select(value => (double)value)];
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
