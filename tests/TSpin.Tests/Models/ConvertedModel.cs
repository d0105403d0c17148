using TSpin.Models;
using TSpin.Tests.Gguf;

namespace TSpin.Tests.Models;

/// <summary>
/// What llama.cpp's convert_hf_to_gguf.py makes of a small model, written from its conventions and apart from the code under test: names,
/// keys, and what happens to values and rows.
/// </summary>
internal static class ConvertedModel
{
    private static readonly Dictionary<string, string> Architectures = new()
    {
        ["mistral"] = "llama",
        ["gemma3_text"] = "gemma3",
        ["gpt_neox"] = "gptneox",
    };

    private static readonly (string End, string Stored)[] Common =
    [
        ("embed_tokens", "token_embd"), ("wte", "token_embd"), ("embed_in", "token_embd"), ("wpe", "position_embd"), ("lm_head", "output"),
        ("model.norm", "output_norm"), ("ln_f", "output_norm"), ("final_layer_norm", "output_norm"),
        ("q_proj", "attn_q"), ("k_proj", "attn_k"), ("v_proj", "attn_v"), ("qkv_proj", "attn_qkv"), ("c_attn", "attn_qkv"), ("query_key_value", "attn_qkv"),
        ("o_proj", "attn_output"), ("attn.c_proj", "attn_output"), ("attention.dense", "attn_output"), ("q_norm", "attn_q_norm"), ("k_norm", "attn_k_norm"),
        ("gate_proj", "ffn_gate"), ("gate_up_proj", "ffn_up"), ("up_proj", "ffn_up"), ("c_fc", "ffn_up"), ("dense_h_to_4h", "ffn_up"),
        ("down_proj", "ffn_down"), ("mlp.c_proj", "ffn_down"), ("dense_4h_to_h", "ffn_down"),
        ("input_layernorm", "attn_norm"), ("ln_1", "attn_norm"), ("ln_2", "ffn_norm"),
        ("pre_feedforward_layernorm", "ffn_norm"), ("post_feedforward_layernorm", "post_ffw_norm"),
    ];

    public static string ArchitectureOf(DecoderConfig config) => Architectures.GetValueOrDefault(config.Family, config.Family);

    public static GgufTestFile Of(DecoderConfig config, IReadOnlyDictionary<string, double[]> weights)
    {
        var file = Keys(config);
        foreach (var (name, shape) in ParameterShapes.Of(config))
        {
            var (values, stored) = Converted(config, name, shape, [.. weights[name].Select(value => (float)value)]);
            file.Tensor(StoredName(config, name), stored, values);
        }

        return file;
    }

    private static (float[] Values, long[] Shape) Converted(DecoderConfig config, string name, long[] shape, float[] values)
    {
        var width = (int)(values.Length / shape[0]);
        var d = config.HeadDimension;
        switch (config.Family)
        {
            case "llama" or "mistral" or "granite" or "smollm3" when name.Contains("q_proj", StringComparison.Ordinal) || name.Contains("k_proj", StringComparison.Ordinal):
                // reshape(heads, 2, D/2, ...).swapaxes(1, 2): new row (head, i, half) is old row (head, half, i).
                return (Rows(values, width, row => (row / d * d) + (row % d % 2 * (d / 2)) + (row % d / 2)), shape);
            case "gemma" or "gemma2" or "gemma3_text" when name.EndsWith("norm.weight", StringComparison.Ordinal):
                return ([.. values.Select(value => value + 1)], shape);
            case "gpt2" when shape.Length == 2 && name.Contains(".h.", StringComparison.Ordinal):
                return ([.. Enumerable.Range(0, values.Length).Select(i => values[(i % (int)shape[0] * width) + (i / (int)shape[0])])], [shape[1], shape[0]]);
            case "gpt_neox" when name.Contains("query_key_value", StringComparison.Ordinal):
                // reshape(heads, 3, D, ...), then all of kind 0, of kind 1, of kind 2.
                return (Rows(values, width, row => (row / d % config.HeadCount * 3 * d) + (row / (d * config.HeadCount) * d) + (row % d)), shape);
            default:
                return (values, shape);
        }
    }

    private static float[] Rows(float[] values, int width, Func<int, int> from) =>
        [.. Enumerable.Range(0, values.Length / width).SelectMany(row => values.Skip(from(row) * width).Take(width))];

    private static string StoredName(DecoderConfig config, string name)
    {
        var parts = name.Split('.');
        var kind = parts[^1];
        var module = string.Join('.', parts[..^1]);
        var layer = parts.FirstOrDefault(part => int.TryParse(part, out _));
        var stored = module.EndsWith("post_attention_layernorm", StringComparison.Ordinal)
            ? config.Family is "gemma2" or "gemma3_text" or "olmo2" ? "post_attention_norm" : "ffn_norm"
            : Common.First(pair => module == pair.End || module.EndsWith("." + pair.End, StringComparison.Ordinal)).Stored;
        return layer is null ? $"{stored}.{kind}" : $"blk.{layer}.{stored}.{kind}";
    }

    private static GgufTestFile Keys(DecoderConfig config)
    {
        var arch = ArchitectureOf(config);
        var file = new GgufTestFile().Set("general.architecture", arch).Set("general.name", "small").Set("general.file_type", 0u)
            .Set($"{arch}.block_count", (uint)config.LayerCount).Set($"{arch}.context_length", (uint)config.MaxPositions)
            .Set($"{arch}.embedding_length", (uint)config.HiddenSize).Set($"{arch}.feed_forward_length", (uint)config.IntermediateSize)
            .Set($"{arch}.attention.head_count", (uint)config.HeadCount)
            .Set($"{arch}.attention.layer_norm_{(config.Norm == NormKind.Layer ? "" : "rms_")}epsilon", (float)config.NormEpsilon)
            .Set("tokenizer.ggml.bos_token_id", (uint)config.BosId!).Set("tokenizer.ggml.eos_token_id", (uint)config.EosIds[0]);
        var rope = config.Ropes.Zip(config.Windows).LastOrDefault(block => block.First is not null && (arch != "gemma3" || block.Second is null)).First;
        if (config.Norm != NormKind.Layer)
        {
            file.Set($"{arch}.attention.head_count_kv", (uint)config.KeyValueHeadCount)
                .Set($"{arch}.attention.key_length", (uint)config.HeadDimension).Set($"{arch}.attention.value_length", (uint)config.HeadDimension)
                .Set($"{arch}.rope.freq_base", (float)config.Ropes.Zip(config.Windows).Last(block => block.First is not null && (arch != "gemma3" || block.Second is null)).First!.Theta);
        }
        else if (rope is not null)
        {
            file.Set($"{arch}.rope.freq_base", (float)rope.Theta);
        }

        if (rope is not null && arch is "llama" or "granite" or "smollm3" or "phi3" or "gptneox")
        {
            file.Set($"{arch}.rope.dimension_count", (uint)rope!.Dimensions);
        }

        Scaling(file, arch, config, rope);
        switch (arch)
        {
            case "llama":
                file.Set("llama.vocab_size", (uint)config.VocabularySize);
                if (config.Windows[0] is { } window)
                {
                    file.Set("llama.attention.sliding_window", (uint)window);
                }

                break;
            case "granite":
                file.Set("granite.attention.scale", (float)config.AttentionScale!).Set("granite.embedding_scale", (float)config.EmbeddingScale)
                    .Set("granite.residual_scale", (float)config.ResidualScale).Set("granite.logit_scale", (float)config.LogitDivisor);
                break;
            case "gemma2":
                file.Set("gemma2.attention.sliding_window", (uint)config.Windows.Max()!).Set("gemma2.attn_logit_softcapping", (float)config.AttentionSoftCap!)
                    .Set("gemma2.final_logit_softcapping", (float)config.LogitSoftCap!);
                break;
            case "gemma3" when config.Windows.Max() is { } nearby:
                file.Set("gemma3.attention.sliding_window", (uint)nearby);
                var slides = config.Windows.Select(window => window is not null).ToArray();
                if (!slides.SequenceEqual(slides.Select((_, i) => (i + 1) % 6 != 0)))
                {
                    file.Set("gemma3.attention.sliding_window_pattern", slides);
                }

                file.Set("gemma3.rope.freq_base_swa", (float)config.Ropes.Zip(config.Windows).First(block => block.Second is not null).First!.Theta);
                break;
            case "phi3":
                file.Set("phi3.attention.sliding_window", (uint)(config.Windows[0] ?? 0));
                break;
            case "gptneox":
                file.Set("gptneox.use_parallel_residual", config.ParallelResidual);
                break;
        }

        return file;
    }

    private static void Scaling(GgufTestFile file, string arch, DecoderConfig config, RopeSettings? rope)
    {
        switch (rope?.Scaling)
        {
            case LinearRope linear:
                file.Set($"{arch}.rope.scaling.type", "linear").Set($"{arch}.rope.scaling.factor", (float)linear.Factor);
                break;
            case YarnRope yarn:
                file.Set($"{arch}.rope.scaling.type", "yarn").Set($"{arch}.rope.scaling.factor", (float)yarn.Factor)
                    .Set($"{arch}.rope.scaling.original_context_length", (uint)yarn.Positions).Set($"{arch}.rope.scaling.finetuned", false);
                break;
            case Llama3Rope llama:
                var plain = RopeScaling.Plain(rope.Theta, rope.Dimensions);
                file.Tensor("rope_freqs.weight", [plain.Length], plain.Select(frequency => Divisor(llama, frequency)));
                break;
            case LongRope lengths:
                file.Set($"{arch}.rope.scaling.original_context_length", (uint)lengths.Positions).Set($"{arch}.rope.scaling.attn_factor", (float)lengths.Attention)
                    .Tensor("rope_factors_long.weight", [lengths.LongFactors.Length], lengths.LongFactors.Select(factor => (float)factor))
                    .Tensor("rope_factors_short.weight", [lengths.ShortFactors.Length], lengths.ShortFactors.Select(factor => (float)factor));
                break;
            case null when arch == "phi3":
                file.Set("phi3.rope.scaling.original_context_length", (uint)config.MaxPositions);
                break;
        }
    }

    private static float Divisor(Llama3Rope rope, double frequency)
    {
        var wave = 2 * Math.PI / frequency;
        if (wave < rope.Positions / rope.HighFrequencyFactor)
        {
            return 1;
        }

        var smooth = ((rope.Positions / wave) - rope.LowFrequencyFactor) / (rope.HighFrequencyFactor - rope.LowFrequencyFactor);
        return (float)(wave > rope.Positions / rope.LowFrequencyFactor ? rope.Factor : 1 / (((1 - smooth) / rope.Factor) + smooth));
    }
}
