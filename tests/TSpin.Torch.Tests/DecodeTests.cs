using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>A decoder block in one native call against plain loops: every weight, bias, norm and adapter has numbers of its own, so that one in another's place shows.</summary>
public sealed class DecodeTests
{
    private const int Hidden = 12, HeadWidth = 4, Heads = 4, KeyHeads = 2, Inner = 10, Capacity = 5;
    private const double Epsilon = 1e-5, AttentionScale = 0.4, ResidualScale = 0.7;
    private static readonly double[] Cos = [0.8, 0.28], Sin = [0.6, 0.96];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_block_equals_plain_loops(bool everything, bool packed)
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var random = new Random(3);
        var (heads, keyHeads) = (Heads * HeadWidth, KeyHeads * HeadWidth);
        var weights = new DecodeBlockWeights
        {
            Query = Given([heads, Hidden]),
            Key = Given([keyHeads, Hidden]),
            Value = Given([keyHeads, Hidden]),
            Output = Given([Hidden, heads]),
            Gate = Given([Inner, Hidden]),
            Up = Given([Inner, Hidden]),
            Down = Given([Hidden, Inner]),
        };
        if (everything)
        {
            weights = weights with
            {
                BeforeAttention = Given([Hidden]),
                QueryBias = Given([heads]),
                KeyBias = Given([keyHeads]),
                ValueBias = Given([keyHeads]),
                QueryNorm = Given([HeadWidth]),
                KeyNorm = Given([HeadWidth]),
                AfterAttention = Given([Hidden]),
                BeforeFeedForward = Given([Hidden]),
                AfterFeedForward = Given([Hidden]),
                Updates = new[] { weights.Query, weights.Key, weights.Value, weights.Output, weights.Gate, weights.Up, weights.Down }
                    .ToDictionary(weight => weight, weight => new LowRankUpdate(Given([3, weight.Size(1)]), Given([weight.Size(0), 3]), 0.5 + random.NextDouble())),
            };
        }

        var (keys, values, hidden) = (Given([1, KeyHeads, Capacity, HeadWidth]), Given([1, KeyHeads, Capacity, HeadWidth]), Given([1, Hidden]));
        const int position = 2;
        var expected = Plain(weights, Doubles(keys), Doubles(values), Doubles(hidden), position);
        var angles = (Tensor.From([.. Cos.Select(x => (float)x)]).Reshape(1, 2), Tensor.From([.. Sin.Select(x => (float)x)]).Reshape(1, 2));
        var block = new DecodeBlock(
            packed ? weights.WithPacked(_ => { }) : weights, new DecodeBlockConstants(Heads, Epsilon, false, true, AttentionScale, null, null, ResidualScale), keys, values, angles);
        FusedLayers.Decode([block], hidden, [position]);
        foreach (var (actual, value) in Doubles(hidden).Zip(expected))
        {
            actual.ShouldBe(value, 1e-5 * (1 + Math.Abs(value)));
        }

        Tensor Given(long[] shape) =>
            Tensor.From<float>([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (all, size) => all * size)).Select(_ => (float)(random.NextDouble() - 0.5))], shape);
    }

    private static double[] Plain(DecodeBlockWeights weights, double[] keys, double[] values, double[] hidden, int position)
    {
        var x = Norm(hidden, weights.BeforeAttention);
        var (q, k, v) = (Times(weights, weights.Query, weights.QueryBias, x), Times(weights, weights.Key, weights.KeyBias, x), Times(weights, weights.Value, weights.ValueBias, x));
        var mixed = new double[Heads * HeadWidth];
        for (var head = 0; head < Heads; head++)
        {
            var keyHead = head / (Heads / KeyHeads);
            var query = Turned(Norm(Head(q, head), weights.QueryNorm));
            var own = Turned(Norm(Head(k, keyHead), weights.KeyNorm));
            var (seenKeys, seenValues) = (
                Enumerable.Range(0, position).Select(slot => Head(keys, (keyHead * Capacity) + slot)).Append(own).ToArray(),
                Enumerable.Range(0, position).Select(slot => Head(values, (keyHead * Capacity) + slot)).Append(Head(v, keyHead)).ToArray());
            double[] scores = [.. seenKeys.Select(key => Math.Exp(AttentionScale * Dot(query, key)))];
            for (var d = 0; d < HeadWidth; d++)
            {
                mixed[(head * HeadWidth) + d] = scores.Zip(seenValues, (score, value) => score * value[d]).Sum() / scores.Sum();
            }
        }

        hidden = Added(hidden, Norm(Times(weights, weights.Output, null, mixed), weights.AfterAttention));
        x = Norm(hidden, weights.BeforeFeedForward);
        double[] inner = [.. Times(weights, weights.Gate, null, x).Zip(Times(weights, weights.Up, null, x), (gate, up) => gate / (1 + Math.Exp(-gate)) * up)];
        return Added(hidden, Norm(Times(weights, weights.Down, null, inner), weights.AfterFeedForward));
    }

    private static double[] Times(DecodeBlockWeights weights, Tensor weight, Tensor? bias, double[] x)
    {
        var result = Times(weight, x);
        if (weights.Updates?.GetValueOrDefault(weight) is { } update)
        {
            result = [.. result.Zip(Times(update.B, Times(update.A, x)), (a, b) => a + (update.Scale * b))];
        }

        return bias is null ? result : [.. result.Zip(Doubles(bias), (a, b) => a + b)];
    }

    private static double[] Times(Tensor weight, double[] x) => [.. Doubles(weight).Chunk(x.Length).Select(row => Dot(row, x))];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Norm(double[] x, Tensor? weight)
    {
        var root = Math.Sqrt((Dot(x, x) / x.Length) + Epsilon);
        return weight is null ? x : [.. x.Zip(Doubles(weight), (a, w) => a / root * w)];
    }

    private static double[] Turned(double[] x) =>
        [(x[0] * Cos[0]) - (x[2] * Sin[0]), (x[1] * Cos[1]) - (x[3] * Sin[1]), (x[2] * Cos[0]) + (x[0] * Sin[0]), (x[3] * Cos[1]) + (x[1] * Sin[1])];

    private static double[] Head(double[] x, int head) => x[(head * HeadWidth)..((head + 1) * HeadWidth)];

    private static double[] Added(double[] hidden, double[] x) => [.. hidden.Zip(x, (a, b) => a + (ResidualScale * b))];

    private static double[] Doubles(Tensor tensor) => [.. tensor.To(DType.Float64).ToArray<double>()];
}
