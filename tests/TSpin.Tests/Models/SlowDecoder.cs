using TSpin.Models;

namespace TSpin.Tests.Models;

/// <summary>
/// The decoder once more, as the papers' formulas read: float64, one token, one head, one number at a time. Shares no code with
/// TSpin.Models but the description of the model.
/// </summary>
internal sealed class SlowDecoder(DecoderConfig config, IReadOnlyDictionary<string, double[]> weights)
{
    private readonly ModuleNames _names = config.Modules;

    /// <summary>Logits of every position, [T][V].</summary>
    public double[][] Logits(int[] ids)
    {
        var hidden = ids.Select((id, t) => Embedded(id, t)).ToArray();
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var prefix = _names.Block.Replace("#", $"{layer}", StringComparison.Ordinal);
            var mixed = Attention(prefix, layer, hidden.Select(row => Norm(prefix, _names.BeforeAttention, row)).ToArray())
                .Select(row => Scaled(Norm(prefix, _names.AfterAttention, row), config.ResidualScale)).ToArray();
            var afterAttention = hidden.Zip(mixed, Sum).ToArray();
            var read = config.ParallelResidual ? hidden : afterAttention;
            var fed = read.Select(row => Scaled(Norm(prefix, _names.AfterFeedForward, FeedForward(prefix, Norm(prefix, _names.BeforeFeedForward, row))), config.ResidualScale));
            hidden = afterAttention.Zip(fed, Sum).ToArray();
        }

        var head = weights[(config.TieEmbeddings ? _names.Embedding : _names.Head) + ".weight"];
        return [.. hidden.Select(row => Times(head, Norm("", _names.FinalNorm, row)).Select(logit => Capped(logit / config.LogitDivisor, config.LogitSoftCap)).ToArray())];
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

    private double[] Embedded(int id, int position)
    {
        var token = Scaled(Row(weights[_names.Embedding + ".weight"], id, config.HiddenSize), config.EmbeddingScale);
        return _names.Positions is { } positions ? Sum(token, Row(weights[positions + ".weight"], position, config.HiddenSize)) : token;
    }

    private double[][] Attention(string prefix, int layer, double[][] input)
    {
        var width = config.HeadDimension;
        var scale = (config.AttentionScale ?? Math.Pow(width, -0.5)) / (config.AttentionScaleByLayer ? layer + 1 : 1);
        var heads = input.Select((row, t) => Heads(prefix, layer, row, t, input.Length)).ToArray();
        var result = new double[input.Length][];
        for (var t = 0; t < input.Length; t++)
        {
            var mixed = new double[config.HeadCount * width];
            for (var head = 0; head < config.HeadCount; head++)
            {
                var shared = head / (config.HeadCount / config.KeyValueHeadCount);
                var first = config.Windows[layer] is { } size ? Math.Max(0, t - size + 1) : 0;
                var scores = new double[t + 1 - first];
                for (var s = first; s <= t; s++)
                {
                    var product = 0.0;
                    for (var d = 0; d < width; d++)
                    {
                        product += heads[t].Queries[head][d] * heads[s].Keys[shared][d];
                    }

                    scores[s - first] = Capped(product * scale, config.AttentionSoftCap);
                }

                for (var s = first; s <= t; s++)
                {
                    var weight = Math.Exp(LogSoftmax(scores, s - first));
                    for (var d = 0; d < width; d++)
                    {
                        mixed[(head * width) + d] += weight * heads[s].Values[shared][d];
                    }
                }
            }

            result[t] = Project(prefix + _names.AttentionOutput, mixed);
        }

        return result;
    }

    // Queries, keys and values of one token, by head, normalized and turned.
    private (double[][] Queries, double[][] Keys, double[][] Values) Heads(string prefix, int layer, double[] input, int position, int length)
    {
        double[][] queries, keys, values;
        if (_names.QueryKeyValue is not { } fused)
        {
            queries = Split(NormalizedRow(prefix, _names.QueryNorm, Project(prefix + _names.Query, input)));
            keys = Split(NormalizedRow(prefix, _names.KeyNorm, Project(prefix + _names.Key, input)));
            values = Split(Project(prefix + _names.Value, input));
        }
        else
        {
            var all = Split(Project(prefix + fused, input));
            if (config.InterleavedQueryKeyValue)
            {
                queries = [.. all.Where((_, i) => i % 3 == 0)];
                keys = [.. all.Where((_, i) => i % 3 == 1)];
                values = [.. all.Where((_, i) => i % 3 == 2)];
            }
            else
            {
                queries = all[..config.HeadCount];
                keys = all[config.HeadCount..(config.HeadCount + config.KeyValueHeadCount)];
                values = all[(config.HeadCount + config.KeyValueHeadCount)..];
            }
        }

        if (config.QueryKeyNormPerHead)
        {
            queries = [.. queries.Select(head => Norm(prefix, _names.QueryNorm, head))];
            keys = [.. keys.Select(head => Norm(prefix, _names.KeyNorm, head))];
        }

        return config.Ropes[layer] is not { } rope ? (queries, keys, values)
            : ([.. queries.Select(head => Turned(rope, head, position, length))], [.. keys.Select(head => Turned(rope, head, position, length))], values);
    }

    private double[] NormalizedRow(string prefix, string? norm, double[] row) => config.QueryKeyNormPerHead ? row : Norm(prefix, norm, row);

    private double[][] Split(double[] row) => [.. row.Chunk(config.HeadDimension)];

    // Pair i of a head is (i, i + R/2) of its first R numbers.
    private static double[] Turned(RopeSettings rope, double[] head, int position, int length)
    {
        var result = head.ToArray();
        var half = rope.Dimensions / 2;
        for (var i = 0; i < half; i++)
        {
            var angle = position * SlowRope.Frequency(rope, i, length);
            var (cos, sin) = (Math.Cos(angle) * SlowRope.Magnitude(rope), Math.Sin(angle) * SlowRope.Magnitude(rope));
            result[i] = (head[i] * cos) - (head[i + half] * sin);
            result[i + half] = (head[i + half] * cos) + (head[i] * sin);
        }

        return result;
    }

    private double[] FeedForward(string prefix, double[] input)
    {
        double[] inner;
        if (_names.GateUp is { } fused)
        {
            var both = Project(prefix + fused, input);
            inner = [.. both[..config.IntermediateSize].Zip(both[config.IntermediateSize..], (gate, up) => Activated(gate) * up)];
        }
        else if (_names.Gate is { } gate)
        {
            inner = [.. Project(prefix + gate, input).Zip(Project(prefix + _names.Up, input), (x, up) => Activated(x) * up)];
        }
        else
        {
            inner = [.. Project(prefix + _names.Up, input).Select(Activated)];
        }

        return Project(prefix + _names.Down, inner);
    }

    private double Activated(double x) => config.Activation switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Gelu => x * NormalDistribution(x),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        Activation.Relu => Math.Max(x, 0),
        _ => throw new NotSupportedException(),
    };

    // Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/15 + ...), which converges everywhere.
    private static double NormalDistribution(double x)
    {
        var (term, sum) = (x, x);
        for (var k = 3; k < 400; k += 2)
        {
            term *= x * x / k;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }

    private double[] Norm(string prefix, string? name, double[] input)
    {
        if (name is null)
        {
            return input;
        }

        var weight = weights[prefix + name + ".weight"];
        if (config.Norm == NormKind.Layer)
        {
            var bias = weights[prefix + name + ".bias"];
            var mean = input.Average();
            var deviation = Math.Sqrt(input.Average(x => (x - mean) * (x - mean)) + config.NormEpsilon);
            return [.. input.Select((x, i) => ((x - mean) / deviation * weight[i]) + bias[i])];
        }

        var root = Math.Sqrt(input.Average(x => x * x) + config.NormEpsilon);
        var offset = config.Norm == NormKind.RootMeanSquarePlusOne ? 1 : 0;
        return [.. input.Select((x, i) => x / root * (offset + weight[i]))];
    }

    private double[] Project(string name, double[] input)
    {
        var matrix = weights[name + ".weight"];
        var product = config.TransposedProjections ? TimesTransposed(matrix, input) : Times(matrix, input);
        return weights.TryGetValue(name + ".bias", out var bias) ? Sum(product, bias) : product;
    }

    private static double[] Times(double[] matrix, double[] input) =>
        [.. Enumerable.Range(0, matrix.Length / input.Length).Select(row => input.Select((x, i) => matrix[(row * input.Length) + i] * x).Sum())];

    private static double[] TimesTransposed(double[] matrix, double[] input)
    {
        var width = matrix.Length / input.Length;
        return [.. Enumerable.Range(0, width).Select(column => input.Select((x, i) => matrix[(i * width) + column] * x).Sum())];
    }

    private static double Capped(double x, double? cap) => cap is { } limit ? limit * Math.Tanh(x / limit) : x;

    private static double[] Scaled(double[] row, double factor) => [.. row.Select(x => x * factor)];

    private static double[] Row(double[] matrix, int row, int width) => matrix[(row * width)..((row + 1) * width)];

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
