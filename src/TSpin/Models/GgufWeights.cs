using System.Text.RegularExpressions;
using TSpin.Gguf;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Loads a decoder from a GGUF file: llama.cpp's names become those of transformers, and what its converter does to rows is undone
/// (https://github.com/ggml-org/llama.cpp, convert_hf_to_gguf.py).
/// </summary>
internal static partial class GgufWeights
{
    private static readonly Dictionary<string, string> BlockParts = new(StringComparer.Ordinal)
    {
        ["self_attn.q_proj"] = "attn_q",
        ["self_attn.k_proj"] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["self_attn.o_proj"] = "attn_output",
        ["self_attn.q_norm"] = "attn_q_norm",
        ["self_attn.k_norm"] = "attn_k_norm",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
        ["input_layernorm"] = "attn_norm",
        ["post_attention_layernorm"] = "ffn_norm",
    };

    public static Decoder Load(string path, DType parameterType, DType? computeType, Device device)
    {
        using var file = GgufFile.Open(path);
        var config = GgufConfig.Read(file);
        var found = Match(file, config);

        // llama.cpp turns neighbouring pairs of a head, transformers its halves; only for llama does the converter reorder the rows.
        var interleaved = GgufConfig.ArchitectureOf(file) == "llama";
        var parameters = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in found)
        {
            var values = new float[tensor.ElementCount];
            file.Read(tensor, 0, values);
            if (interleaved && (name.Contains("self_attn.q_proj", StringComparison.Ordinal) || name.Contains("self_attn.k_proj", StringComparison.Ordinal)))
            {
                values = InHalves(values, checked((int)(values.Length / tensor.Shape[0])), config.HeadDimension);
            }

            parameters.Add(name, ToTensor(values, tensor.Shape, parameterType, device));
        }

        return new Decoder(config, parameters, computeType);
    }

    /// <summary>Puts rows that lie as neighbouring pairs of every head, (0, D/2), (1, D/2 + 1) and so on, back in order.</summary>
    internal static float[] InHalves(float[] values, int width, int headDimension)
    {
        var half = headDimension / 2;
        var ordered = new float[values.Length];
        var rows = values.Length / width;
        for (var row = 0; row < rows; row++)
        {
            var (head, place) = Math.DivRem(row, headDimension);
            var target = (head * headDimension) + (place % 2 * half) + (place / 2);
            values.AsSpan(row * width, width).CopyTo(ordered.AsSpan(target * width));
        }

        return ordered;
    }

    private static List<(string Name, GgufTensor Tensor)> Match(GgufFile file, DecoderConfig config)
    {
        var found = new List<(string, GgufTensor)>();
        var unused = file.Tensors.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, shape) in ParameterShapes.Of(config))
        {
            var stored = NameOf(name);
            var tensor = file.Tensors.GetValueOrDefault(stored)
                ?? throw new TSpinException($"{file.Path}: tensor {stored} is missing; it should be [{string.Join(", ", shape)}]. Download the file again.");
            if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            {
                throw new TSpinException($"{file.Path}: tensor {stored} is [{string.Join(", ", tensor.Shape)}], but the metadata call for [{string.Join(", ", shape)}]. Download the file again.");
            }

            if (tensor.ElementCount > Array.MaxLength)
            {
                throw new TSpinException($"{file.Path}: tensor {stored} has {tensor.ElementCount} elements, more than can be decoded at once ({Array.MaxLength}). Use the model's Hugging Face folder.");
            }

            file.RequireDecodable(tensor);
            unused.Remove(stored);
            found.Add((name, tensor));
        }

        return unused.Count == 0 ? found : throw new TSpinException(
            $"{file.Path}: tensor {Files.Excerpt.Of(unused.Order(StringComparer.Ordinal).First())} has no place in a {config.Family} model as TSpin computes it{(unused.Contains("rope_freqs.weight") ? " (rope_freqs.weight scales the rotary embedding, as Llama 3.1 does)" : "")}. Use the model's Hugging Face folder.");
    }

    private static string NameOf(string name)
    {
        if (BlockName().Match(name) is { Success: true } match && BlockParts.TryGetValue(match.Groups["part"].Value, out var part))
        {
            return $"blk.{match.Groups["layer"].Value}.{part}.{match.Groups["kind"].Value}";
        }

        return name switch
        {
            "model.embed_tokens.weight" => "token_embd.weight",
            "model.norm.weight" => "output_norm.weight",
            "lm_head.weight" => "output.weight",
            _ => throw new InvalidOperationException($"{name} has no name in GGUF"),
        };
    }

    private static unsafe Tensor ToTensor(float[] values, long[] shape, DType type, Device device)
    {
        using var scope = new TensorScope();
        fixed (float* start = values)
        {
            var raw = Tensor.FromPointer((nint)start, (long)values.Length * sizeof(float), shape, DType.Float32);
            return scope.Keep(raw.To(type, device));
        }
    }

    [GeneratedRegex(@"^model\.layers\.(?<layer>\d+)\.(?<part>.+)\.(?<kind>weight|bias)$")]
    private static partial Regex BlockName();
}
