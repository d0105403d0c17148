using TSpin.Models;

namespace TSpin.Tests.Models;

/// <summary>
/// The decoder once more, as the papers' formulas read: float64, one token, one head, one number at a time. Shares no code with
/// TSpin.Models but the description of the model.
/// </summary>
internal sealed class SlowDecoder(DecoderConfig config, IReadOnlyDictionary<string, double[]> weights)
{
    /// <summary>Logits of every position, [T][V].</summary>
    public double[][] Logits(int[] ids)
    {
        var hidden = ids.Select(id => Row(weights["model.embed_tokens.weight"], id, config.HiddenSize)).ToArray();
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            var mixed = Attention(prefix + "self_attn.", hidden.Select(row => Norm(row, prefix + "input_layernorm.weight")).ToArray(), config.Windows[layer]);
            hidden = hidden.Zip(mixed, Sum).ToArray();
            hidden = hidden.Select(row => Sum(row, FeedForward(prefix + "mlp.", Norm(row, prefix + "post_attention_layernorm.weight")))).ToArray();
        }

        var head = config.TieEmbeddings ? "model.embed_tokens" : "lm_head";
        return [.. hidden.Select(row => Project(head, Norm(row, "model.norm.weight")))];
    }

    /// <summary>log pi(response | prompt) in nats.</summary>
    public double LogProb(int[] prompt, int[] response)
    {
        var logits = Logits([.. prompt, .. response]);
        return response.Select((id, i) => LogSoftmax(logits[prompt.Length + i - 1], id)).Sum();
    }

    public static double LogSoftmax(double[] logits, int id)
    {
        var largest = logits.Max();
        return logits[id] - largest - Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
    }

    private double[][] Attention(string prefix, double[][] input, int? window)
    {
        var width = config.HeadDimension;
        var queries = input.Select((row, t) => Rotated(Project(prefix + "q_proj", row), config.HeadCount, t)).ToArray();
        var keys = input.Select((row, t) => Rotated(Project(prefix + "k_proj", row), config.KeyValueHeadCount, t)).ToArray();
        var values = input.Select(row => Project(prefix + "v_proj", row)).ToArray();
        var result = new double[input.Length][];
        for (var t = 0; t < input.Length; t++)
        {
            var mixed = new double[config.HeadCount * width];
            for (var head = 0; head < config.HeadCount; head++)
            {
                var shared = head / (config.HeadCount / config.KeyValueHeadCount);
                var first = window is { } size ? Math.Max(0, t - size + 1) : 0;
                var scores = new double[t + 1 - first];
                for (var s = first; s <= t; s++)
                {
                    for (var d = 0; d < width; d++)
                    {
                        scores[s - first] += queries[t][(head * width) + d] * keys[s][(shared * width) + d] / Math.Sqrt(width);
                    }
                }

                for (var s = first; s <= t; s++)
                {
                    var weight = Math.Exp(LogSoftmax(scores, s - first));
                    for (var d = 0; d < width; d++)
                    {
                        mixed[(head * width) + d] += weight * values[s][(shared * width) + d];
                    }
                }
            }

            result[t] = Project(prefix + "o_proj", mixed);
        }

        return result;
    }

    // Pair i of a head is (i, i + D/2), turned by position x theta^(-2i/D).
    private double[] Rotated(double[] vector, int heads, int position)
    {
        var result = new double[vector.Length];
        var half = config.HeadDimension / 2;
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = position * Math.Pow(config.Ropes[0]!.Theta, -2.0 * i / config.HeadDimension);
                var (a, b) = ((head * config.HeadDimension) + i, (head * config.HeadDimension) + i + half);
                result[a] = (vector[a] * Math.Cos(angle)) - (vector[b] * Math.Sin(angle));
                result[b] = (vector[b] * Math.Cos(angle)) + (vector[a] * Math.Sin(angle));
            }
        }

        return result;
    }

    private double[] FeedForward(string prefix, double[] input)
    {
        var gate = Project(prefix + "gate_proj", input);
        var up = Project(prefix + "up_proj", input);
        return Project(prefix + "down_proj", [.. gate.Select((x, i) => x / (1 + Math.Exp(-x)) * up[i])]);
    }

    private double[] Norm(double[] input, string name)
    {
        var scale = 1 / Math.Sqrt((input.Sum(x => x * x) / input.Length) + config.NormEpsilon);
        return [.. input.Select((x, i) => x * scale * weights[name][i])];
    }

    private double[] Project(string name, double[] input)
    {
        var matrix = weights[name + ".weight"];
        var bias = weights.GetValueOrDefault(name + ".bias");
        var result = new double[matrix.Length / input.Length];
        for (var row = 0; row < result.Length; row++)
        {
            var sum = bias?[row] ?? 0;
            for (var i = 0; i < input.Length; i++)
            {
                sum += matrix[(row * input.Length) + i] * input[i];
            }

            result[row] = sum;
        }

        return result;
    }

    private static double[] Row(double[] matrix, int row, int width) => matrix[(row * width)..((row + 1) * width)];

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
